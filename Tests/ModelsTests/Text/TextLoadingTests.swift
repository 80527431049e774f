import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// Encoders of texts with one thing wrong, each of which the error names.
@Suite struct TextLoadingTests {
    private func expectError(
        _ folder: String, _ file: String, _ old: String, _ new: String, _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let copy = try TemporaryFolder(copying: Reference.path(folder))
        let file = "\(copy.path)/\(file)"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try #require(text.contains(old), sourceLocation: sourceLocation)
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: file))
        let path = copy.path
        let error = #expect(throws: BackboneError.self, sourceLocation: sourceLocation) {
            try BackboneCatalog.load(path, reading: .texts)
        }
        let description = error?.description ?? ""
        #expect(description.contains(reason), "\(description)", sourceLocation: sourceLocation)
        #expect(description.contains(path), sourceLocation: sourceLocation)
    }

    @Test func moreSpecialTokensThanATextHasAreRefused() throws {
        let copy = try TemporaryFolder(copying: Reference.path("bert"))
        func replace(_ old: String, _ new: String, in name: String) throws {
            let file = "\(copy.path)/\(name)"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try #require(text.contains(old))
            try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: file))
        }
        let token = #"{"SpecialToken":{"id":"[SEP]","type_id":0}}"#
        try replace("\(token)],\"pair\"", "\(token),\(token)],\"pair\"", in: "tokenizer.json")
        try replace(
            "\"model_max_length\":512", "\"model_max_length\":3", in: "tokenizer_config.json")
        let path = copy.path
        let error = #expect(throws: BackboneError.self) {
            try BackboneCatalog.load(path, reading: .texts)
        }
        #expect(error?.description.contains("it adds 3 special tokens to a text") == true)
    }

    @Test(arguments: [
        ("bert", "\"gelu\"", "\"mish\"", "'hidden_act' is mish (supported: gelu, gelu_new"),
        (
            "bert", "\"is_decoder\": false", "\"is_decoder\": true",
            "'is_decoder' is true (supported: false)"
        ),
        (
            "bert", "\"model_type\": \"bert\"",
            "\"model_type\": \"bert\", \"position_embedding_type\": \"relative_key\"",
            "'position_embedding_type' is relative_key"
        ),
        (
            "bert", "\"num_attention_heads\": 4", "\"num_attention_heads\": 5",
            "is no multiple of 5 heads"
        ),
        ("roberta", "\"pad_token_id\": 1", "\"pad_token_id\": -1", "'pad_token_id' is -1"),
        (
            "roberta", "\"max_position_embeddings\": 66", "\"max_position_embeddings\": 4",
            "too few for a text"
        ),
        ("clip-odd", "\"text_config\"", "\"texts\"", "it has no valid 'text_config'"),
    ])
    func unsupportedConfigurationsAreNamed(
        folder: String, old: String, new: String, reason: String
    ) throws {
        try expectError(folder, "config.json", old, new, reason)
    }

    @Test func tokensWithoutAnEmbeddingAreRefused() throws {
        try expectError(
            "bert", "tokenizer.json", "\"added_tokens\":[",
            "\"added_tokens\":[{\"id\":5000,\"content\":\"<new>\"},",
            "it has a token of number 5000, and the backbone embeddings for ")
    }

    @Test func missingTokenizerIsNamed() throws {
        let copy = try TemporaryFolder(copying: Reference.path("minilm"))
        try FileManager.default.removeItem(atPath: "\(copy.path)/vocab.txt")
        let path = copy.path
        let error = #expect(throws: BackboneError.self) {
            try BackboneCatalog.load(path, reading: .texts)
        }
        #expect(error?.description.hasPrefix("cannot load tokenizer \(path): it has no") == true)
        #expect(error?.kind == .missing)
    }

    @Test(arguments: ["bert", "clip-text"])
    func picturesAreRefused(folder: String) {
        let error = #expect(throws: BackboneError.self) {
            try BackboneCatalog.load(Reference.path(folder), reading: .pictures)
        }
        #expect(error?.description.hasSuffix("it does not read pictures, but texts") == true)
    }

    @Test func tokenizerAndItsFilesAreKnown() throws {
        let backbone = try BackboneCatalog.load(Reference.path("minilm"), reading: .texts)
        #expect(backbone.maximumTokens == 40)
        let files = try #require(backbone.tokenizer).files
        let names = files.map { URL(filePath: $0).lastPathComponent }
        #expect(names == ["vocab.txt", "tokenizer_config.json"])
    }
}
