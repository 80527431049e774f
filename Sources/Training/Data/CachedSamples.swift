import Datasets
import Models
import Neural
import Storage
import Tensors

/// The samples of a split with the cached states of their clips.
struct CachedSamples {
    /// Samples that are used, in the order of the annotations.
    let samples: [Sample]

    /// Samples whose clips have no states and are left out.
    let leftOut: [Sample]

    /// Segments that one of the streams has no data for; they are used like all others.
    let paddedSegments: Int

    /// Label of each segment of each sample.
    let labels: [[Int]]

    private let visual: StateReader
    private let audio: StateReader

    /// Collects a split.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if a clip lacks states and is not left out, or if
    ///   its states are older than what they were computed from.
    init(
        _ cache: Cache, split: String, streams: StatePair, leavingOut absent: Set<String>,
        operation: String
    ) throws {
        visual = streams.visual
        audio = streams.audio
        let all = try cache.samples().filter { $0.split == split }
        guard !all.isEmpty else {
            throw TrainingError(.cache, operation, "no sample is in split '\(split)'")
        }
        func hasStates(_ sample: Sample) -> Bool {
            streams.visual.contains(sample.clip) && streams.audio.contains(sample.clip)
        }
        samples = all.filter { hasStates($0) && !absent.contains($0.clip) }
        leftOut = all.filter { !hasStates($0) || absent.contains($0.clip) }
        let lacking = leftOut.map(\.clip).filter { !absent.contains($0) }
        if let first = lacking.first {
            throw TrainingError(
                .cache, operation,
                "\(lacking.count) clips of split \(split) lack token states, such as \(first); finish "
                    + "the cache, or leave out the failed ones with --leave-out failed")
        }
        guard !samples.isEmpty else {
            throw TrainingError(.cache, operation, "no clip of split '\(split)' has token states")
        }
        for (reader, input) in [(streams.visual, "frames"), (streams.audio, "logmel")] {
            let input = try cache.feature(input).index()
            for sample in samples where try reader.isStale(sample.clip, comparedTo: input) {
                throw TrainingError(
                    .cache, operation,
                    "the token states of clip \(sample.clip) are stale; run avprep encode again")
            }
        }
        paddedSegments = try samples.map { sample in
            try zip(streams.visual.valid(sample.clip), streams.audio.valid(sample.clip))
                .count { !($0 && $1) }
        }.reduce(0, +)
        let vocabulary = Dictionary(
            uniqueKeysWithValues: cache.description.vocabulary.enumerated().map { ($1, $0) })
        labels = samples.map {
            SegmentLabels.labels(
                of: $0, vocabulary: vocabulary, segments: cache.description.segments,
                segmentDuration: cache.description.segmentDuration)
        }
    }

    /// States and labels of some samples, a row for each segment, clip by clip.
    func batch(_ indices: [Int], _ standardisation: Standardisation?) throws -> Batch {
        func states(_ reader: StateReader) throws -> [StateReader.ClipStates] {
            try indices.map { try reader.states(of: samples[$0].clip) }
        }
        return Batch(
            visual: Batch.Stream(try states(visual), standardisation?.visual),
            audio: Batch.Stream(try states(audio), standardisation?.audio),
            labels: indices.flatMap { labels[$0] })
    }
}

/// The readers of both streams.
struct StatePair {
    let visual: StateReader
    let audio: StateReader

    init(_ cache: Cache, _ recipe: TrainingRecipe, operation: String) throws {
        let taps = recipe.placement.taps
        visual = try StateReader(
            cache, feature: recipe.features.visual, taps: taps, operation: operation)
        audio = try StateReader(
            cache, feature: recipe.features.audio, taps: taps, operation: operation)
    }
}
