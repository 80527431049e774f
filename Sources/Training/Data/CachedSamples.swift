import Datasets
import Models
import Neural
import Storage
import Tensors

/// The samples of a split with the cached states of their clips and texts.
struct CachedSamples: Sendable {
    /// Samples that are used, in the order of the annotations.
    let samples: [Sample]

    /// Samples whose clips have no states and are left out.
    let leftOut: [Sample]

    /// Segments that one of the streams has no data for; they are used like all others.
    let paddedSegments: Int

    /// Label of each segment of each sample.
    let labels: [[Int]]

    private let readers: [Stream: StateReader]

    /// The same clips, changed before they were encoded.
    private let views: [[Stream: StateReader]]

    /// Collects a split.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if a clip lacks states and is not left out, or if
    ///   its states are older than what they were computed from.
    init(
        _ cache: Cache, split: String, streams: StreamSet, leavingOut absent: Set<String>,
        operation: String
    ) throws {
        readers = streams.readers
        views = split == "train" ? streams.views.map(\.readers) : []
        let all = try cache.samples().filter { $0.split == split }
        guard !all.isEmpty else {
            throw TrainingError(.cache, operation, "no sample is in split '\(split)'")
        }
        let readers = readers, views = views
        func hasStates(_ sample: Sample) -> Bool {
            ([readers] + views).joined().allSatisfy { $1.contains($1.key(of: sample)) }
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
        for (cache, readers) in [(cache, readers)] + (split == "train" ? streams.views : []) {
            try Self.checkFresh(readers, of: samples, in: cache, operation)
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

    /// Refuses states that are older than what they were computed from.
    private static func checkFresh(
        _ readers: [Stream: StateReader], of samples: [Sample], in cache: Cache, _ operation: String
    ) throws {
        let inputs: [Stream: String] = [.visual: "frames", .audio: "logmel"]
        for stream in readers.streams {
            guard let reader = readers[stream], let name = inputs[stream] else { continue }
            let input = try cache.feature(name).index()
            for sample in samples where try reader.isStale(sample.clip, comparedTo: input) {
                throw TrainingError(
                    .cache, operation,
                    "the \(stream.rawValue) states of clip \(sample.clip) in \(cache.path) are stale: its "
                        + "\(name) have changed; run avprep encode again")
            }
        }
    }

    /// A batch of a number of samples, which is not filled yet.
    func makeBatch(samples count: Int) -> Batch {
        Batch(streams: readers.mapValues { $0.makeTensors(keys: count) })
    }

    /// Reads the states of a sample into its place in a batch.
    ///
    /// - Parameters:
    ///   - index: Of the sample.
    ///   - place: Among the samples of the batch.
    ///   - batch: As ``makeBatch(samples:)`` makes them.
    ///   - key: What the sample's view, and the moments of its segments, depend on; nil for its own, and
    ///     those in the middle.
    /// - Throws: `StorageError` if the cache cannot be read.
    func read(
        _ index: Int, at place: Int, to batch: inout Batch, drawing key: NoiseKey? = nil
    ) throws {
        var readers = readers
        if let key, !views.isEmpty {
            var generator = key.generator(.view)
            let view = Int.random(in: 0...views.count, using: &generator)
            if view > 0 { readers = views[view - 1] }
        }
        for (stream, reader) in readers {
            guard var tensors = batch.streams.removeValue(forKey: stream) else { continue }
            defer { batch.streams[stream] = tensors }
            try reader.read(
                reader.key(of: samples[index]), at: place, to: &tensors, by: &batch.bytes,
                drawing: key?.generator(.phase))
        }
    }

    /// The pooled final states of a sample, before they are standardised, by stream.
    func finals(of index: Int) throws -> [Stream: Tensor] {
        var finals: [Stream: Tensor] = [:], bytes = StateBytes()
        for (stream, reader) in readers.mapValues({ $0.reading(.pooled) }) {
            var tensors = reader.makeTensors(keys: 1)
            try reader.read(reader.key(of: samples[index]), at: 0, to: &tensors, by: &bytes)
            finals[stream] = tensors.final
        }
        return finals
    }

    /// States of some samples, in their order.
    func batch(_ indices: [Int], _ standardisation: Standardisation?) throws -> Batch {
        var batch = makeBatch(samples: indices.count)
        for (place, index) in indices.enumerated() { try read(index, at: place, to: &batch) }
        standardisation?.apply(to: &batch)
        return batch
    }
}

extension StateReader {
    /// The row of a sample: its clip's, or its text's.
    func key(of sample: Sample) -> String {
        kind == .texts ? KeyedText(sample.text ?? "").key : sample.clip
    }
}
