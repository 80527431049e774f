import Foundation
import TestSupport
import Testing

@testable import Models

/// Tokenizers with one thing wrong, each of which the error names.
@Suite struct TokenizerLoadingTests {
    private func expectError(
        _ folder: String, without missing: [String] = [], file: String = "tokenizer.json",
        _ old: String, _ new: String, _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let copy = try TemporaryFolder(copying: Reference.path("tokenizers/\(folder)"))
        for name in missing { try FileManager.default.removeItem(atPath: "\(copy.path)/\(name)") }
        if !old.isEmpty {
            let path = "\(copy.path)/\(file)"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try #require(text.contains(old), sourceLocation: sourceLocation)
            try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
        }
        let path = copy.path
        let error = #expect(throws: BackboneError.self, sourceLocation: sourceLocation) {
            try TokenizerCatalog.load(folder: path)
        }
        let text = error?.description ?? ""
        #expect(text.contains(reason), "\(text)", sourceLocation: sourceLocation)
        #expect(text.contains(path), sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        ("bert-uncased", "\"BertNormalizer\"", "\"Nmt\"", "its normalizer Nmt is unknown"),
        (
            "bert-uncased", "\"BertPreTokenizer\"", "\"Metaspace\"",
            "its pre_tokenizer Metaspace is unknown"
        ),
        (
            "bert-uncased", "\"WordPiece\",\"unk_token\"", "\"Unigram\",\"unk_token\"",
            "its model Unigram is unknown"
        ),
        (
            "bert-uncased", "\"TemplateProcessing\"", "\"Sequence\"",
            "its post_processor Sequence is unknown"
        ),
        (
            "bert-uncased", "\"unk_token\":\"[UNK]\"", "\"unk_token\":\"[NONE]\"",
            "has no special token '[NONE]'"
        ),
        ("bert-uncased", "\"single_word\":false", "\"single_word\":true", "'single_word' true"),
        ("bert-uncased", "\"id\":\"[SEP]\"", "\"id\":\"[END]\"", "has no special token '[END]'"),
        ("roberta", "\"use_regex\":true", "\"use_regex\":false", "'use_regex' false"),
        ("roberta", "\"dropout\":null", "\"dropout\":0.1", "'dropout', which is not supported"),
        (
            "roberta", "\"merges\":[[\"", "\"merges\":[[\"nowhere",
            "is not of tokens of its vocabulary"
        ),
        ("clip", "[\\\\p{N}]", "[\\\\p{N}]+", "its pre_tokenizer has the unknown pattern '<"),
        (
            "clip", "\"NFC\"", "\"NFKC\"",
            "its normalizer Sequence of NFKC, Replace, Lowercase is unknown"
        ),
        (
            "clip", "\"type\":\"Split\"", "\"type\":\"Digits\"",
            "Sequence of Digits, ByteLevel is unknown"
        ),
        ("clip", "{", "{{", "it is not a readable JSON file"),
    ])
    func unknownPartsAreNamed(folder: String, old: String, new: String, reason: String) throws {
        try expectError(folder, old, new, reason)
    }

    @Test func missingFilesAreNamed() throws {
        try expectError(
            "bert-cased", without: ["tokenizer.json", "vocab.txt"], "", "",
            "it has no tokenizer.json, no vocab.txt, and no vocab.json with merges.txt")
        try expectError(
            "clip", without: ["tokenizer.json", "merges.txt"], "", "",
            "no vocab.json with merges.txt")
        let error = #expect(throws: BackboneError.self) {
            try TokenizerCatalog.load(folder: "/nowhere")
        }
        #expect(error?.description == "cannot load tokenizer /nowhere: No such folder")
    }

    @Test func vocabularyWithoutSpecialTokensIsRefused() throws {
        try expectError(
            "bert-cased", without: ["tokenizer.json"], file: "vocab.txt", "[CLS]", "[KLS]",
            "vocab.txt: its vocabulary has no special token '[CLS]'")
        try expectError(
            "roberta", without: ["tokenizer.json"], file: "vocab.json", "</s>", "<//s>",
            "vocab.json: its vocabulary has no special token '</s>'")
    }

    @Test func linesThatAreNoMergesAreNumbered() throws {
        try expectError(
            "roberta", without: ["tokenizer.json"], file: "merges.txt", "#version: 0.2\n",
            "#version: 0.2\none two three\n", "merges.txt: line 2 is not of two tokens")
    }

    @Test func truncationOnTheLeftIsRefused() throws {
        try expectError(
            "bert-cased", file: "tokenizer_config.json", "\"model_max_length\":512",
            "\"truncation_side\":\"left\"", "'truncation_side' is left (supported: right)")
    }
}
