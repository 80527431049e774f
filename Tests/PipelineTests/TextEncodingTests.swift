import Foundation
import Models
import Storage
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Pipeline

/// Texts are encoded once each, whatever samples they belong to.
@Suite struct TextEncodingTests {
    private let feature = "text-stand-in"
    private let texts: [String?] = [
        "what sounds", "how many bells ring", nil, "what sounds", "", "what  sounds",
    ]

    private func key(_ text: String) -> String { KeyedText(text).key }

    @Test func eachTextHasARow() throws {
        let bench = try EncodingBench(clips: 2, texts: texts)
        let summary = try bench.encoding(.text, [0, 2]).run()
        #expect(summary.processed == 4 && summary.clips == 4 && summary.rows == .texts)
        let index = try bench.cache().feature(feature).index()
        let shard = try #require(index.shards.first)
        let distinct = ["what sounds", "how many bells ring", "", "what  sounds"]
        #expect(shard.clips == distinct.map(key))
        #expect(shard.arrays.map(\.name) == ["block_00", "block_02", "valid"])
        #expect(shard.arrays[0].shape == [1, 5, 3] && shard.arrays[2].shape == [5])
        #expect(try shard.times(row: 0) == [])

        #expect(try shard.valid(row: 0) == [true, true, true, false, false])
        #expect(try shard.valid(row: 2) == [true, false, false, false, false])
        let stored = try bench.numbers(feature, "block_02", key("what sounds"), as: Float.self)
        let expected = [100, 4, 6].flatMap { [3 * $0, 6 * $0, 9 * $0] } + [0, 0, 0, 0, 0, 0]
        #expect(stored == expected.map { Float($0) })
    }

    @Test func keyIsAHashOfTheBytes() {
        // xxhash.xxh3_64_hexdigest("what sounds"), of Python's xxhash.
        #expect(key("what sounds") == "text-9045e198dcde6104")
        #expect(key("é") != key("e\u{301}"))
    }

    @Test func commandsKnowTexts() throws {
        let bench = try EncodingBench(clips: 2, texts: texts)
        try bench.encoding(.text, [0], .all, .int8).run()
        let verification = try CacheVerification(of: bench.path, readingData: true) { damage in
            Issue.record("\(damage)")
        }
        #expect(verification.rows == 2 + 4)
        let status = try FeatureStatus(feature, of: bench.cache(), root: nil)
        #expect(status.rows == .texts && status.clips.count == 4 && status.input == nil)
        #expect(status.clips.allSatisfy { $0.state == .done })
        #expect(try bench.encoding(.text, [0], .all, .int8).plannedBytes() == 0)
        try bench.setSamples(clips: 2, texts: texts + ["new"])
        let one = try bench.encoding(.text, [0], .all, .int8).plannedBytes()
        #expect(one > 0)
        #expect(try bench.encoding(.text, [0], .all, .int8, limit: 0).plannedBytes() == 0)
        let grown = try FeatureStatus(feature, of: bench.cache(), root: nil)
        #expect(grown.count { $0 == .missing } == 1)
    }

    @Test func newTextsAreAdded() throws {
        let bench = try EncodingBench(clips: 2, texts: texts)
        try bench.encoding(.text, [0]).run()
        #expect(try bench.encoding(.text, [0]).run().processed == 0)
        try bench.setSamples(clips: 2, texts: texts + ["four words at most"])
        #expect(try bench.encoding(.text, [0]).run().processed == 1)
        // Without its longest text the data set needs less room, and keeps its rows as they are.
        try bench.setSamples(clips: 2, texts: ["what sounds"])
        #expect(try bench.encoding(.text, [0]).run().processed == 0)
        try bench.setSamples(clips: 2, texts: texts + ["a text of five words"])
        let error = #expect(throws: StorageError.self) { try bench.encoding(.text, [0]).run() }
        #expect(error?.kind == .incompatible)
        #expect(error?.reason.contains("input.tokens is 6, was 5") == true)
    }

    @Test func longTextsAreCutAndToldOf() throws {
        let bench = try EncodingBench(
            clips: 1, texts: ["a b c d e", "a b c d e f", "a b c d e f g"])
        let warnings = Mutex<[String]>([])
        _ = try bench.encoding(.text, [0]).run(
            command: "test", isCancelled: { false },
            report: { event in
                if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
            })
        #expect(
            warnings.withLock { $0 } == [
                "2 texts have more tokens than stand-in reads, and lose the rest"
            ])
    }

    @Test func classTokensOfTextsHaveOneRow() throws {
        let bench = try EncodingBench(clips: 1, texts: ["a b", "a"])
        try bench.encoding(.text, [2], .cls, .f16).run()
        let shard = try #require(try bench.cache().feature(feature).index().shards.first)
        #expect(shard.arrays.map(\.shape) == [[1, 1, 3], [1]])
        #expect(try shard.valid(row: 1) == [true])
    }

    @Test func partsAndJobsMakeTheSameRows() throws {
        let many = (0..<600).map { String?("text \($0) of \($0 % 7)") }
        let bench = try EncodingBench(clips: 1, texts: many)
        try bench.encoding(.text, [1], jobs: 3).run()
        let whole = try bench.shards(of: feature)
        #expect(whole.count == 3)
        try bench.remove(feature)
        for part in ["1/2", "0/2"] {
            try bench.encoding(.text, [1], share: try #require(WorkShare(part))).run()
        }
        #expect(try bench.shards(of: feature) == whole)
    }

    @Test(arguments: [TokenSelection.top(1), .grid(rows: 1, columns: 1)])
    func patchesOfTextsAreRefused(tokens: TokenSelection) throws {
        let bench = try EncodingBench(clips: 1, texts: ["a b"])
        let error = #expect(throws: Encoding.RequestError.self) {
            try bench.encoding(.text, [0], tokens).run()
        }
        #expect(error?.description.contains("use --tokens all or cls") == true)
    }

    @Test func dataSetWithoutTextsIsNamed() throws {
        let bench = try EncodingBench()
        let error = #expect(throws: StorageError.self) { try bench.encoding(.text, [0]).run() }
        #expect(error?.kind == .missing && error?.reason == "no sample has a text")
    }

    /// A published model's own tokenizer, joined by its catalog.
    @Test(arguments: ["minilm", "clip-text"])
    func modelsReadTextsWithTheirTokenizers(name: String) throws {
        let bench = try EncodingBench(clips: 1, texts: ["What sounds?", "a"])
        let backbone = try BackboneCatalog.load(Reference.path(name), reading: .texts)
        var configuration = Encoding.Configuration(
            stream: .text, layers: [0, backbone.model.depth], tokens: .all)
        configuration.numberType = .f32
        try Encoding(backbone, cache: bench.path, configuration).run()

        let tokenizer = try #require(backbone.tokenizer)
        let maximum = try #require(backbone.maximumTokens)
        let text = tokenizer.tokenize("What sounds?", maximum: maximum)
        let feature = "text-\(name)"
        let valid = try bench.bytes(feature, "valid", key("What sounds?"))
        #expect(valid == text.ids.map { _ in 1 })
        backbone.model.makeWorker().forEachState(of: .text(text), layers: [0]) { _, states in
            let stored: [Float]? = try? bench.numbers(feature, "block_00", key("What sounds?"))
            #expect(stored == states.elements)
        }
        let recipe = try #require(try bench.cache().feature(feature).recipe())
        guard case .object(let input)? = recipe["input"] else {
            Issue.record("the recipe has no input")
            return
        }
        #expect(input["maximum"] == .number(Double(maximum)))
        #expect(input["tokens"] == .number(Double(text.ids.count)))
    }
}
