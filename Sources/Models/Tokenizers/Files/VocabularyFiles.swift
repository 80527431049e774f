/// The tokenizers of folders without a `tokenizer.json`, from their vocabularies and what is usual for them.
extension TokenizerFolder {
    /// BERT's, from `vocab.txt`: a token a line, numbered from 0.
    func bert() throws(BackboneError) -> SubwordTokenizer {
        let path = "\(path)/vocab.txt"
        let vocabulary = try Self.lines(path).enumerated().map { (text: $1, id: $0) }
        let unknown = special("unk_token", orElse: "[UNK]")
        let lowercases = flag("do_lower_case") ?? true
        var parts = TokenizerParts(
            path: path, files: [path] + settings, vocabulary: vocabulary,
            normaliser: .bert(
                BertNormaliser(
                    cleansText: true,
                    separatesChinese: flag("tokenize_chinese_chars") ?? true,
                    stripsAccents: flag("strip_accents") ?? lowercases, lowercases: lowercases)),
            splitter: .bert,
            model: .wordPiece(
                WordPiece(
                    vocabulary,
                    unknown: vocabulary.last { $0.text == Array(unknown.content.utf8) }?.id ?? 0,
                    continuingPrefix: Array("##".utf8), maximumCharacters: 100)))
        let first = special("cls_token", orElse: "[CLS]")
        let last = special("sep_token", orElse: "[SEP]")
        for token in [
            unknown, last, special("pad_token", orElse: "[PAD]"), first,
            special("mask_token", orElse: "[MASK]"),
        ] { try parts.add(token) }
        (parts.before, parts.behind) = ([first.content], [last.content])
        return try finish(&parts)
    }

    /// RoBERTa's or CLIP's, from `vocab.json` and `merges.txt`, whichever has its special tokens there.
    func bytePairs() throws(BackboneError) -> SubwordTokenizer {
        guard let file = try TokenizerFile("vocab.json", in: path) else {
            throw BackboneError("load tokenizer \(path)", "it has no vocab.json", .missing)
        }
        let vocabulary = try file.vocabulary(file.root, "vocabulary")
        let tokens = Vocabulary(vocabulary)
        let isCLIP = tokens.id(of: "<|startoftext|>") != nil
        let first = special(
            isCLIP ? "bos_token" : "cls_token", orElse: isCLIP ? "<|startoftext|>" : "<s>")
        let last = special(
            isCLIP ? "eos_token" : "sep_token", orElse: isCLIP ? "<|endoftext|>" : "</s>")
        let unknown = special("unk_token", orElse: isCLIP ? "<|endoftext|>" : "<unk>")
        let padding = special("pad_token", orElse: isCLIP ? "<|endoftext|>" : "<pad>")
        var parts = TokenizerParts(
            path: file.path, files: [file.path, "\(path)/merges.txt"] + settings,
            vocabulary: vocabulary, normaliser: isCLIP ? .clip : .none,
            splitter: isCLIP
                ? .clip(hasSpecials: true)
                : .byteLevel(addsSpace: flag("add_prefix_space") ?? false),
            model: .bytePairs(
                try BytePairs(
                    vocabulary, pairs: try merges(), suffix: isCLIP ? "</w>" : "",
                    unknown: isCLIP ? tokens.id(of: unknown.content) : nil, file.error)))
        for token in [first, last, unknown, padding] { try parts.add(token) }
        if !isCLIP { try parts.add(special("mask_token", orElse: "<mask>")) }
        (parts.before, parts.behind) = ([first.content], [last.content])
        return try finish(&parts)
    }

    /// Pairs of tokens by lines, after a line that names the version.
    private func merges() throws(BackboneError) -> [(String, String)] {
        let path = "\(path)/merges.txt"
        var merges: [(String, String)] = []
        for (number, line) in try Self.lines(path).enumerated() {
            if line.isEmpty || line.starts(with: Array("#version".utf8)) { continue }
            let sides = line.split(separator: 0x20, omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw BackboneError(
                    "load tokenizer \(path)", "line \(number + 1) is not of two tokens")
            }
            merges.append(
                (
                    String(decoding: sides[0], as: UTF8.self),
                    String(decoding: sides[1], as: UTF8.self)
                ))
        }
        return merges
    }

    /// Adds the tokens that `tokenizer_config.json` lists.
    private func finish(_ parts: inout TokenizerParts) throws(BackboneError) -> SubwordTokenizer {
        if case .object(let tokens)? = configuration?.root["added_tokens_decoder"] {
            for (key, value) in tokens {
                guard let id = Int(key), 0..<(1 << 24) ~= id,
                    let token = AddedTokenDescription(value)
                else {
                    throw configuration!.error(
                        "'added_tokens_decoder' has an invalid token '\(key)'")
                }
                parts.added.removeAll { $0.token.content.utf8.elementsEqual(token.content.utf8) }
                parts.added.append((token, id))
            }
        }
        return try parts.assemble()
    }
}
