import Foundation
import TestSupport
import Testing

@testable import Models

/// Tokens against those of the libraries tokenizers and transformers, of the same texts.
@Suite struct TokenizerTests {
    private struct Reference: Decodable {
        var texts: [String]
        var cases: [Case]
    }

    struct Case: Decodable {
        var folder: String
        var form: String
        var maximum: Int
        var ids: [[Int]]
    }

    static let folders = [
        "bert-uncased", "bert-cased", "roberta", "roberta-space", "clip", "clip-published",
    ]

    private func reference() throws -> Reference {
        let path = TestSupport.Reference.path("tokenizer-ids.json")
        return try JSONDecoder().decode(
            Reference.self, from: Data(contentsOf: URL(filePath: path)))
    }

    private func path(_ folder: String) -> String {
        TestSupport.Reference.path("tokenizers/\(folder)")
    }

    private func compare(_ folder: String, form: String, _ tokenizer: any Tokenizer) throws {
        let reference = try reference()
        let cases = reference.cases.filter { $0.folder == folder && $0.form == form }
        try #require(cases.count == 2)
        for example in cases {
            for (text, expected) in zip(reference.texts, example.ids) {
                let tokens = tokenizer.tokenize(text, maximum: example.maximum)
                #expect(tokens.ids == expected, "\(text.debugDescription)")
            }
        }
    }

    @Test(arguments: folders)
    func tokensOfTokenizerFilesAreThoseOfTheReference(folder: String) throws {
        try compare(folder, form: "json", TokenizerCatalog.load(folder: path(folder)))
    }

    @Test(arguments: folders)
    func tokensOfVocabularyFilesAreThoseOfTheReference(folder: String) throws {
        let copy = try TemporaryFolder(copying: path(folder))
        try FileManager.default.removeItem(atPath: "\(copy.path)/tokenizer.json")
        try compare(folder, form: "files", TokenizerCatalog.load(folder: copy.path))
    }

    @Test(arguments: folders)
    func truncationKeepsTheFirstTokensAndTheSpecialOnes(folder: String) throws {
        let tokenizer = try TokenizerCatalog.load(folder: path(folder))
        let text = "How many people are clapping in the video?"
        let whole = tokenizer.tokenize(text, maximum: 1000)
        #expect(!whole.isTruncated)
        for maximum in 2...whole.ids.count {
            let cut = tokenizer.tokenize(text, maximum: maximum)
            #expect(cut.ids == whole.ids.prefix(maximum - 1) + whole.ids.suffix(1))
            #expect(cut.isTruncated == (maximum < whole.ids.count))
        }
    }

    /// A word whose length would make an algorithm of squared cost run for hours.
    @Test(arguments: folders)
    func veryLongWordsTakeNoVeryLongTime(folder: String) throws {
        let tokenizer = try TokenizerCatalog.load(folder: path(folder))
        let marks = "e" + String(repeating: "\u{301}\u{323}", count: 100_000)
        for word in [String(repeating: "clap", count: 250_000), marks] {
            let start = ContinuousClock.now
            #expect(tokenizer.tokenize(word, maximum: 512).ids.count <= 512)
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test func fileOfJSONKeepsTokensApartThatAreCanonicallyEquivalent() throws {
        let text = #"{"é": 1, "e\u0301": 2, "\ud83d\ude00": [true, null, -1.5e1]}"#
        let tree = try #require(JSONTree(Array(text.utf8)))
        guard case .object(let fields) = tree else { throw CocoaError(.coderInvalidValue) }
        #expect(fields.map { Array($0.key.utf8) } == ["é", "e\u{301}", "😀"].map { Array($0.utf8) })
        #expect(fields[0].value.int == 1 && fields[1].value.int == 2)
        #expect(fields[2].value.array?.count == 3)
    }

    @Test(arguments: [
        "", "{", "{}x", "{\"a\"}", "[1,]", "\"\\ud83d\"", "\"\\u12g4\"", "tru", "\"a\nb\"", "[1 2]",
        String(repeating: "[", count: 100_000),
    ])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(JSONTree(Array(text.utf8)) == nil)
    }
}
