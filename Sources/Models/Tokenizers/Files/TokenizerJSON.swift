/// A `tokenizer.json`, the format of the library `tokenizers`.
///
/// What leaves no choice is read; a step that is not known is refused by its name.
struct TokenizerJSON {
    let file: TokenizerFile
    let folder: TokenizerFolder

    private var root: JSONTree { file.root }

    /// The name of a step's kind, under `type`.
    private func type(of step: JSONTree) -> String { step["type"]?.string ?? "without a type" }

    private func unknown(_ key: String, _ step: JSONTree) -> BackboneError {
        file.error("its \(key) \(type(of: step)) is unknown")
    }

    func tokenizer() throws(BackboneError) -> SubwordTokenizer {
        guard let model = root["model"] else { throw file.error("it has no valid 'model'") }
        let vocabulary = try file.vocabulary(model["vocab"], "model.vocab")
        var added: [(token: AddedTokenDescription, id: Int)] = []
        for token in root["added_tokens"]?.array ?? [] {
            guard let description = AddedTokenDescription(token), let id = token["id"]?.int,
                0..<(1 << 24) ~= id
            else { throw file.error("one of its 'added_tokens' has no content or id") }
            added.append((description, id))
        }
        var parts = TokenizerParts(
            path: file.path, files: [file.path] + folder.settings, vocabulary: vocabulary,
            added: added,
            normaliser: try normaliser(), splitter: try splitter(),
            model: try self.model(model, vocabulary))
        try frame(&parts)
        return try parts.assemble()
    }

    private func normaliser() throws(BackboneError) -> TextNormaliser {
        guard let step = root["normalizer"] else { return .none }
        switch type(of: step) {
        case "BertNormalizer":
            let lowercases = folder.flag("do_lower_case") ?? step["lowercase"]?.bool ?? true
            return .bert(
                BertNormaliser(
                    cleansText: step["clean_text"]?.bool ?? true,
                    separatesChinese: folder.flag("tokenize_chinese_chars")
                        ?? step["handle_chinese_chars"]?.bool ?? true,
                    stripsAccents: folder.flag("strip_accents") ?? step["strip_accents"]?.bool
                        ?? lowercases,
                    lowercases: lowercases))
        case "Sequence":
            let steps = step["normalizers"]?.array ?? []
            let isCLIP =
                steps.map(type) == ["NFC", "Replace", "Lowercase"]
                && steps[1]["pattern"]?["Regex"]?.string == #"\s+"#
                && steps[1]["content"]?.string == " "
            guard isCLIP else {
                let names = steps.map(type).joined(separator: ", ")
                throw file.error("its normalizer Sequence of \(names) is unknown")
            }
            return .clip
        default: throw unknown("normalizer", step)
        }
    }

    private func splitter() throws(BackboneError) -> WordSplitter {
        guard let step = root["pre_tokenizer"] else {
            throw file.error("it has no valid 'pre_tokenizer'")
        }
        switch type(of: step) {
        case "BertPreTokenizer": return .bert
        case "ByteLevel":
            guard step["use_regex"]?.bool ?? true else {
                throw file.error("its pre_tokenizer ByteLevel has 'use_regex' false")
            }
            return .byteLevel(
                addsSpace: folder.flag("add_prefix_space") ?? step["add_prefix_space"]?.bool
                    ?? true)
        case "Sequence":
            let steps = step["pretokenizers"]?.array ?? []
            guard steps.map(type) == ["Split", "ByteLevel"] else {
                let names = steps.map(type).joined(separator: ", ")
                throw file.error("its pre_tokenizer Sequence of \(names) is unknown")
            }
            let pattern = steps[0]["pattern"]?["Regex"]?.string ?? ""
            guard [CLIPWords.pattern, CLIPWords.patternWithSpecials].contains(pattern),
                steps[0]["behavior"]?.string == "Removed", steps[0]["invert"]?.bool == true
            else { throw file.error("its pre_tokenizer has the unknown pattern '\(pattern)'") }
            guard steps[1]["add_prefix_space"]?.bool == false, steps[1]["use_regex"]?.bool ?? true
            else {
                throw file.error("its pre_tokenizer ByteLevel differs from that of CLIP")
            }
            return .clip(hasSpecials: pattern == CLIPWords.patternWithSpecials)
        default: throw unknown("pre_tokenizer", step)
        }
    }

    private func model(
        _ model: JSONTree, _ vocabulary: [VocabularyEntry]
    ) throws(BackboneError) -> SubwordTokenizer.Model {
        // The first files had no types.
        let isWordPiece = model["max_input_chars_per_word"] != nil
        switch model["type"]?.string ?? (isWordPiece ? "WordPiece" : "BPE") {
        case "WordPiece": return .wordPiece(try wordPiece(model, vocabulary))
        case "BPE": return .bytePairs(try bytePairs(model, vocabulary))
        case let other: throw file.error("its model \(other) is unknown (known: BPE, WordPiece)")
        }
    }

    private func wordPiece(
        _ model: JSONTree, _ vocabulary: [VocabularyEntry]
    ) throws(BackboneError) -> WordPiece {
        let name = model["unk_token"]?.string ?? "[UNK]"
        guard let unknown = vocabulary.last(where: { $0.text == Array(name.utf8) })?.id else {
            throw file.error("its vocabulary has no special token '\(name)'")
        }
        return WordPiece(
            vocabulary, unknown: unknown,
            continuingPrefix: Array((model["continuing_subword_prefix"]?.string ?? "##").utf8),
            maximumCharacters: model["max_input_chars_per_word"]?.int ?? 100)
    }

    private func bytePairs(
        _ model: JSONTree, _ vocabulary: [VocabularyEntry]
    ) throws(BackboneError) -> BytePairs {
        for key in ["dropout", "byte_fallback", "ignore_merges", "continuing_subword_prefix"] {
            guard let value = model[key], value.bool != false, value.string != "" else { continue }
            throw file.error("its model BPE has '\(key)', which is not supported")
        }
        var pairs: [(String, String)] = []
        for merge in model["merges"]?.array ?? [] {
            let sides =
                merge.array?.compactMap(\.string)
                ?? merge.string?.split(separator: " ", omittingEmptySubsequences: false)
                .map(String.init) ?? []
            guard sides.count == 2 else {
                throw file.error("merge \(pairs.count) is not of two tokens")
            }
            pairs.append((sides[0], sides[1]))
        }
        let unknown = model["unk_token"]?.string.map { name in
            vocabulary.last { $0.text == Array(name.utf8) }?.id
        }
        if let unknown, unknown == nil {
            throw file.error("its vocabulary has no special token of 'model.unk_token'")
        }
        let pairsOfBytes = try BytePairs(
            vocabulary, pairs: pairs, suffix: model["end_of_word_suffix"]?.string ?? "",
            unknown: unknown ?? nil, file.error)
        let lacksBytes = (pairsOfBytes.bytes + pairsOfBytes.lastBytes).contains { $0 < 0 }
        if lacksBytes, model["fuse_unk"]?.bool == true {
            throw file.error("its model BPE has 'fuse_unk' true and lacks bytes")
        }
        return pairsOfBytes
    }

    /// Finds the special tokens around a text.
    private func frame(_ parts: inout TokenizerParts) throws(BackboneError) {
        guard let step = root["post_processor"] else { return }
        switch type(of: step) {
        case "BertProcessing", "RobertaProcessing":
            guard let first = step["cls"]?.array?.first?.string,
                let last = step["sep"]?.array?.first?.string
            else { throw file.error("its post_processor has no valid 'cls' or 'sep'") }
            (parts.before, parts.behind) = ([first], [last])
        case "TemplateProcessing":
            var isBehind = false
            for piece in step["single"]?.array ?? [] {
                if piece["Sequence"] != nil {
                    isBehind = true
                } else if let token = piece["SpecialToken"]?["id"]?.string {
                    if isBehind { parts.behind.append(token) } else { parts.before.append(token) }
                }
            }
            guard isBehind else { throw file.error("its post_processor has no valid 'single'") }
        case "ByteLevel": break
        default: throw unknown("post_processor", step)
        }
    }
}
