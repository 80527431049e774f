/// What a sweep comes to: for each setting the results of its seeds.
public struct SweepTable: Sendable {
    /// A setting, over its seeds.
    public struct Row: Sendable {
        /// Such as `optimizer.learningRate=1e-4`; empty for a sweep of seeds alone.
        public let settings: [String]

        /// What its results are reported under.
        public let title: String
        public let seeds: [Int]

        /// By seed.
        public let accuracies: [Double]

        public let mean: Double

        /// Of the sample, with n − 1; nil of one seed.
        public let deviation: Double?

        /// Where the mean may lie, by drawing clips; all seeds judge the same clips.
        public let interval: BootstrapInterval

        /// Trainable parameters.
        public let parameters: Int

        /// The split on which epochs were selected, `val` or `test`.
        public let selection: String

        /// Published peculiarities that the recipe asks for.
        public let quirks: [String]
    }

    public let rows: [Row]

    /// Collects results.
    public init(_ results: [(point: SweepGrid.Point, result: Evaluation.Result)]) {
        var order: [[String]] = []
        var groups: [[String]: [(seed: Int, result: Evaluation.Result)]] = [:]
        for (point, result) in results {
            if groups[point.settings] == nil { order.append(point.settings) }
            groups[point.settings, default: []].append((point.seed, result))
        }
        rows = order.map { settings in
            let runs = groups[settings] ?? []
            let accuracies = runs.map(\.result.accuracy.value)
            let mean = accuracies.reduce(0, +) / Double(accuracies.count)
            let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return Row(
                settings: settings, title: runs.first?.result.title ?? "", seeds: runs.map(\.seed),
                accuracies: accuracies, mean: mean,
                deviation: accuracies.count > 1
                    ? (squares / Double(accuracies.count - 1)).squareRoot() : nil,
                interval: BootstrapInterval(clips: Self.clips(runs.map(\.result))),
                parameters: runs.first?.result.parameters ?? 0,
                selection: runs.first?.result.selection ?? "val",
                quirks: runs.first?.result.quirks ?? [])
        }
    }

    /// Segments of each clip, and those that were found, over all seeds.
    private static func clips(
        _ results: [Evaluation.Result]
    ) -> [(correct: Int, segments: Int)] {
        (results.first?.clips.indices ?? 0..<0).map { clip in
            var sum = (correct: 0, segments: 0)
            for result in results {
                sum.correct += result.clips[clip].correct
                sum.segments += result.clips[clip].segments
            }
            return sum
        }
    }
}
