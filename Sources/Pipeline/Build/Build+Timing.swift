import Datasets
import Models
import Storage

extension Build {
    /// How long the clips of a stage take, as measured on a few.
    public struct Timing: Sendable {
        /// Seconds that one job spends on a clip, or a text.
        public let secondsPerClip: Double

        /// Clips that this was measured on; for encoding, made-up ones.
        public let sample: Int
    }

    /// Does a little of each stage's work in memory, to see how long it takes.
    ///
    /// - Parameters:
    ///   - plans: What the stages would do, as ``plan()`` says.
    ///   - clips: Clips to decode at most, taken evenly from those to be made.
    ///   - seconds: Runs its argument, and says how long it took.
    /// - Returns: The timing of each stage; nil where there is nothing to do or to measure.
    /// - Throws: ``WorkerError`` if there can be no process that decodes.
    public func timings(
        of plans: [StagePlan], decoding clips: Int, seconds: (() throws -> Void) throws -> Double
    ) throws -> [Timing?] {
        try zip(plans, [nil] + encodings.map(Optional.some)).map { plan, encoding in
            guard plan.clips > 0 else { return nil }
            return try encoding.map { try timing(of: $0, seconds) }
                ?? timing(of: plan, decoding: clips, seconds)
        }
    }

    private func timing(
        of plan: StagePlan, decoding count: Int, _ seconds: (() throws -> Void) throws -> Double
    ) throws -> Timing? {
        var wanted: Set<String> = []
        for (clip, decision) in plan.features.flatMap(\.decisions) {
            if case .make = decision { wanted.insert(clip) }
        }
        let clips = dataset.clips.filter { wanted.contains($0.id) && FileStamp($0.path) != nil }
        let sample = stride(
            from: 0, to: clips.count, by: max(1, (clips.count + count - 1) / max(count, 1))
        ).map { clips[$0] }
        guard !sample.isEmpty else { return nil }
        let extract = extraction.extractor { false }
        // Starts a worker, if there are any.
        _ = try extract(sample[0], extraction.settings.features)
        let time = try seconds {
            for clip in sample { _ = try extract(clip, extraction.settings.features) }
        }
        return Timing(secondsPerClip: time / Double(sample.count), sample: sample.count)
    }

    private func timing(
        of encoding: Encoding, _ seconds: (() throws -> Void) throws -> Double
    ) throws -> Timing {
        var shape = try encoding.shape(after: extraction), input = shape.blank
        if encoding.rows == .texts {
            let texts = try encoding.texts(of: dataset.samples)
            (shape, input) = (texts.shape, texts.typical)
        }
        let encoder = try StateEncoder(encoding, shape)
        let worker = encoding.backbone.model.makeWorker()
        func rehearse() throws {
            var flaws = StateFlaws()
            _ = try encoder.encode(input, by: worker, &flaws)
        }
        try rehearse()  // The first time memory is touched.
        let time = try seconds(rehearse)
        return Timing(secondsPerClip: time * Double(shape.segments), sample: 1)
    }
}
