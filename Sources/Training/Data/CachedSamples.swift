import Datasets
import Models
import Neural
import Storage
import Tensors

/// The samples of a split with the cached states of their clips and texts.
struct CachedSamples {
    /// Samples that are used, in the order of the annotations.
    let samples: [Sample]

    /// Samples whose clips have no states and are left out.
    let leftOut: [Sample]

    /// Segments that one of the streams has no data for; they are used like all others.
    let paddedSegments: Int

    /// Label of each segment of each sample.
    let labels: [[Int]]

    private let readers: [Stream: StateReader]

    /// Collects a split.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if a clip lacks states and is not left out, or if
    ///   its states are older than what they were computed from.
    init(
        _ cache: Cache, split: String, streams: StreamSet, leavingOut absent: Set<String>,
        operation: String
    ) throws {
        readers = streams.readers
        let all = try cache.samples().filter { $0.split == split }
        guard !all.isEmpty else {
            throw TrainingError(.cache, operation, "no sample is in split '\(split)'")
        }
        let readers = readers
        func hasStates(_ sample: Sample) -> Bool {
            readers.values.allSatisfy { $0.contains($0.key(of: sample)) }
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
        let inputs: [Stream: String] = [.visual: "frames", .audio: "logmel"]
        for stream in readers.streams {
            guard let reader = readers[stream], let name = inputs[stream] else { continue }
            let input = try cache.feature(name).index()
            for sample in samples where try reader.isStale(sample.clip, comparedTo: input) {
                throw TrainingError(
                    .cache, operation,
                    "the token states of clip \(sample.clip) are stale; run avprep encode again")
            }
        }
        let clips = readers.values.filter { $0.kind == .clips }
        paddedSegments = try samples.map { sample in
            let valid = try clips.map { try $0.valid(sample.clip) }
            return (valid.first?.indices ?? 0..<0).count { segment in
                !valid.allSatisfy { $0[segment] }
            }
        }.reduce(0, +)
        let vocabulary = Dictionary(
            uniqueKeysWithValues: cache.description.vocabulary.enumerated().map { ($1, $0) })
        labels = samples.map {
            SegmentLabels.labels(
                of: $0, vocabulary: vocabulary, segments: cache.description.segments,
                segmentDuration: cache.description.segmentDuration)
        }
    }

    /// States and labels of some samples, in their order.
    func batch(_ indices: [Int], _ standardisation: Standardisation?) throws -> Batch {
        var streams: [Stream: StreamTensors] = [:]
        for (stream, reader) in readers {
            var tensors = reader.makeTensors(keys: indices.count)
            for (place, index) in indices.enumerated() {
                try reader.read(reader.key(of: samples[index]), at: place, to: &tensors)
            }
            if let channels = standardisation?.channels[stream], let final = tensors.final {
                tensors.final = channels(final)
            }
            streams[stream] = tensors
        }
        return Batch(streams: streams, labels: indices.flatMap { labels[$0] })
    }
}

extension StateReader {
    /// The row of a sample: its clip's, or its text's.
    func key(of sample: Sample) -> String {
        kind == .texts ? KeyedText(sample.text ?? "").key : sample.clip
    }
}
