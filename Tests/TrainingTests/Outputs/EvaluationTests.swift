import Testing

@testable import Training

@Suite struct EvaluationTests {
    @Test func confusionCountsByTrueLabel() {
        var matrix = ConfusionMatrix(classes: 3)
        matrix.add(predicted: [0, 1, 2, 2], labels: [0, 1, 1, 2])
        matrix.add(predicted: [2], labels: [1])
        #expect(matrix.counts == [[1, 0, 0], [0, 1, 2], [0, 0, 1]])
        #expect(matrix.predicted == [1, 1, 3])
        #expect(
            matrix.csv(labels: ["a", "b, c", "d"]) == """
                true \\ predicted,a,"b, c",d
                a,1,0,0
                "b, c",0,1,2
                d,0,0,1

                """)
    }

    @Test func diagonalIsWhatWasFound() throws {
        let result = try SyntheticRun("linear-probe", epochs: 1).evaluation("test")
        #expect(
            result.confusion.counts.indices.map { result.confusion.counts[$0][$0] }
                == result.accuracy.correct)
        #expect(result.confusion.counts.map { $0.reduce(0, +) } == result.accuracy.rows)
        #expect(result.interval.low <= result.accuracy.value)
        #expect(result.accuracy.value <= result.interval.high)
    }

    /// Of two clips, one wrong and one right, a quarter of the draws has none right and a quarter both.
    @Test func twoClipsSpanEverything() {
        let interval = BootstrapInterval(clips: [(0, 10), (10, 10)])
        #expect(interval.low == 0 && interval.high == 1)
        let narrow = BootstrapInterval(clips: [(0, 10), (10, 10)], level: 0.4)
        #expect(narrow.low == 0.5 && narrow.high == 0.5)
    }

    @Test func equalClipsLeaveNoDoubt() {
        let interval = BootstrapInterval(clips: Array(repeating: (7, 10), count: 50))
        #expect(interval.low == 0.7 && interval.high == 0.7)
    }

    /// For many clips the bounds are mean ± 1.96 · deviation / √n, by the central limit theorem.
    @Test(arguments: [0, 1, 2] as [UInt64]) func manyClipsComeNearTheNormal(seed: UInt64) {
        let clips = (0..<400).map { (correct: $0 * $0 * 7 % 11, segments: 10) }
        let shares = clips.map { Double($0.correct) / 10 }
        let mean = shares.reduce(0, +) / 400
        let deviation = (shares.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 400).squareRoot()
        let expected = 1.96 * deviation / 20
        let interval = BootstrapInterval(clips: clips, seed: seed)
        #expect(abs(mean - interval.low - expected) < 0.04 * expected)
        #expect(abs(interval.high - mean - expected) < 0.04 * expected)
        #expect(interval == BootstrapInterval(clips: clips, seed: seed))
        #expect(interval != BootstrapInterval(clips: clips, seed: seed + 1))
    }

    /// Clips of unequal length count by their segments.
    @Test func longClipsWeighMore() {
        let clips = (0..<200).map {
            $0 < 100 ? (correct: 9, segments: 9) : (correct: 0, segments: 1)
        }
        let interval = BootstrapInterval(clips: clips)
        #expect(0.8 < interval.low && interval.low < 0.9 && 0.9 < interval.high)
    }
}
