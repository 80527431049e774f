import Models
import Storage
import Tensors
import Testing

@testable import Pipeline

@Suite struct StateComparisonTests {
    private let bench: EncodingBench

    init() throws { bench = try EncodingBench(clips: 6) }

    private func encode(
        _ name: String, _ factor: Float = 1, _ layers: [Int] = [0, 2],
        _ tokens: TokenSelection = .all, _ type: Encoding.NumberType = .f32, limit: Int? = nil
    ) throws {
        try bench.encoding(
            .visual, layers, tokens, type, of: StandInBackbone(factor: factor), name: name,
            limit: limit
        ).run()
    }

    private func compare(_ a: String, _ b: String, jobs: Int = 1) throws -> StateComparison {
        let cache = try bench.cache()
        return try StateComparison(
            cache.feature("states-\(a)-visual"), cache.feature("states-\(b)-visual"), jobs: jobs
        ) { false }
    }

    @Test func equalStatesAreEqual() throws {
        try encode("a")
        try encode("b")
        let comparison = try compare("a", "b")
        #expect(comparison.isComplete && comparison.isWithin(0) && comparison.clips == 6)
        #expect(comparison.layers.map(\.name) == ["block_00", "block_02"])
        // All tokens of all segments, but of the one without data.
        #expect(comparison.layers[0].total.count == (6 * 3 - 1) * 9 * 3)
        #expect(comparison.layers[0].total.cosine == 1)
        #expect(comparison.recipeDifferences.first == "backbone.name is \"a\", was \"b\"")
    }

    /// States that are all a quarter larger.
    @Test(arguments: [1, 3])
    func factorIsFound(jobs: Int) throws {
        try encode("a", 1.25)
        try encode("b", 1)
        let comparison = try compare("a", "b", jobs: jobs), layer = comparison.layers[1]
        #expect(abs(layer.total.relative - 0.25) < 1e-12)
        #expect(abs(layer.total.cosine - 1) < 1e-12)
        #expect(comparison.isWithin(0.2500001) && !comparison.isWithin(0.2499999))
        // The largest state is the greatest sum of a channel over a picture, three times in layer 2.
        let sums = (0..<6).map { clip in
            (0..<(clip == 1 ? 2 : 3)).map { segment in
                StandInBackbone().states(of: bench.picture(clip, segment), layer: 2)
                    .elements.max() ?? 0
            }.max() ?? 0
        }
        let largest = try #require(sums.max())
        #expect(layer.total.largest == Double(largest) / 4)
        let worst = try #require(layer.worstLargest)
        #expect(worst.value == Double(largest) / 4)
        #expect(worst.clip == "c\(sums.firstIndex(of: largest) ?? -1)")
    }

    @Test(arguments: [(Encoding.NumberType.f16, 5e-4), (.int8, 4e-3)])
    func roundingOfNumberTypesIsSmallAndSeen(type: Encoding.NumberType, bound: Double) throws {
        try encode("a", 1.01, [0, 2], .all, type)
        try encode("b", 1.01)
        let layer = try compare("a", "b").layers[0]
        #expect(0 < layer.total.relative && layer.total.relative < bound)
        #expect(layer.total.cosine > 0.99998 && layer.total.cosine < 1)
        let worst = try #require(layer.worstRelative)
        #expect(worst.value >= layer.total.relative)
        #expect((layer.worstCosine?.value ?? 2) <= layer.total.cosine)
    }

    @Test func whatIsOnOneSideIsNamed() throws {
        try encode("a", 1, [0, 1])
        try encode("b", 1, [1, 2], limit: 4)
        let comparison = try compare("a", "b")
        #expect(comparison.unmatched == ["block_00", "block_02"])
        #expect(comparison.onlyInA == ["c4", "c5"] && comparison.onlyInB.isEmpty)
        #expect(comparison.layers.map(\.name) == ["block_01"] && comparison.clips == 4)
        #expect(!comparison.isComplete && comparison.isWithin(0))
    }

    @Test func otherTokensAreNamed() throws {
        try encode("a", 1, [2], .top(2))
        try encode("b", -1, [2], .top(2))
        #expect(try compare("a", "b").otherTokens.isEmpty)
        let opposite = try compare("a", "b").layers[0].total
        #expect(opposite.relative == 2 && opposite.cosine == -1)
        try encode("c", 1, [2], .top(3))
        #expect(try compare("a", "c").unmatched == ["block_02"])
    }

    @Test func whatHoldsNoStatesIsNamed() throws {
        try encode("a")
        let frames = try bench.cache().feature("frames")
        let error = #expect(throws: StorageError.self) {
            try StateComparison(frames, bench.cache().feature("states-a-visual"), jobs: 1) { false }
        }
        #expect(error?.reason == "it holds no token states")
    }
}
