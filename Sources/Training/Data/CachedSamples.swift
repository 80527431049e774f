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

    /// The label of each row of each sample; −1 for one that is not known.
    let truth: [[Int]]

    /// The samples of each item, which share what is read of a clip.
    let items: [[Int]]

    /// Clips of the samples, each once, in order.
    let clips: [String]

    /// How many samples an item has room for.
    private let room: Int

    /// By sample, the numbers of its words; none if they are not read.
    private let words: [[Float]]

    private let readers: [Stream: StateReader]

    /// The same clips, changed before they were encoded.
    private let views: [[Stream: StateReader]]

    /// Collects a split.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if a clip lacks states and is not left out, or if
    ///   its states are older than what they were computed from.
    init(
        _ cache: Cache, split: String, streams: StreamSet, task: any LearningTask,
        leavingOut absent: Set<String>, operation: String
    ) throws {
        readers = streams.readers
        views = split == "train" ? streams.views.map(\.readers) : []
        let all = try cache.samples().filter { $0.split == split }
        guard !all.isEmpty else {
            throw TrainingError(.cache, operation, "no sample is in split '\(split)'")
        }
        let readers = readers, views = views
        func hasStates(_ sample: Sample) -> Bool {
            ([readers] + views).joined().allSatisfy { $1.contains($1.key(of: sample, $0)) }
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
        paddedSegments = try Self.paddedSegments(of: samples, readers)
        truth = samples.map { task.truth(of: $0) }
        items = task.items(of: samples)
        room = task.room
        clips = Set(samples.map(\.clip)).sorted()
        let samples = samples
        words = task.words.map { words in samples.map { words.numbers(of: $0) } } ?? []
    }

    private static func paddedSegments(
        of samples: [Sample], _ readers: [Stream: StateReader]
    ) throws -> Int {
        let readers = readers.filter { $0.value.kind == .clips }
        var counts: [[String]: Int] = [:]
        return try samples.map { sample in
            let keys = readers.streams.compactMap { readers[$0]?.key(of: sample, $0) }
            if let known = counts[keys] { return known }
            let valid = try readers.map { try $1.valid($1.key(of: sample, $0)) }
            let count = (valid.first?.indices ?? 0..<0).count { segment in
                !valid.allSatisfy { $0[segment] }
            }
            counts[keys] = count
            return count
        }.reduce(0, +)
    }

    /// The id that an item goes by: that of its first sample.
    func id(of item: Int) -> String { samples[items[item][0]].id }

    /// How many samples some items have.
    func samples(of items: [Int]) -> Int { items.map { self.items[$0].count }.reduce(0, +) }

    /// Calls `body` with each sample of a batch of items and its rows in that.
    func forEachSample(of items: [Int], _ body: (_ sample: Int, _ rows: Range<Int>) throws -> Void)
        rethrows
    {
        var first = 0
        for item in items {
            var row = first
            for sample in self.items[item] {
                try body(sample, row..<row + truth[sample].count)
                row += truth[sample].count
            }
            first += room * (truth.first?.count ?? 0)
        }
    }

    /// Draws a clip other than one, of which there must be two.
    func drawClip(otherThan clip: String, using generator: inout SplitMix64) -> String {
        let number = Int.random(in: 0..<clips.count - 1, using: &generator)
        return clips[number] < clip ? clips[number] : clips[number + 1]
    }

    /// Refuses states that are older than what they were computed from.
    private static func checkFresh(
        _ readers: [Stream: StateReader], of samples: [Sample], in cache: Cache, _ operation: String
    ) throws {
        let inputs: [Stream: String] = [.visual: "frames", .audio: "logmel"]
        for stream in readers.streams {
            guard let reader = readers[stream], let name = inputs[stream] else { continue }
            let input = try cache.feature(name).index()
            let clips = Set(samples.map { reader.key(of: $0, stream) })
            for clip in clips.sorted() where try reader.isStale(clip, comparedTo: input) {
                throw TrainingError(
                    .cache, operation,
                    "the \(stream.rawValue) states of clip \(clip) in \(cache.path) are stale: its "
                        + "\(name) have changed; run avprep encode again")
            }
        }
    }

    /// A batch of a number of items, which is not filled yet.
    func makeBatch(items count: Int) -> Batch {
        Batch(
            streams: readers.mapValues {
                $0.makeTensors(keys: $0.kind == .texts ? count * room : count)
            })
    }

    /// Reads the states of an item into its place in a batch; texts of its samples, and where there is
    /// room for more, the first one again.
    ///
    /// - Parameters:
    ///   - item: Its index.
    ///   - place: Among the items of the batch.
    ///   - batch: As ``makeBatch(items:)`` makes them.
    ///   - key: What the item's view, and the moments of its segments, depend on; nil for its own, and
    ///     those in the middle.
    /// - Throws: `StorageError` if the cache cannot be read.
    func read(
        _ item: Int, at place: Int, to batch: inout Batch, drawing key: NoiseKey? = nil
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
            let count = reader.kind == .texts ? room : 1
            for slot in 0..<count {
                try reader.read(
                    reader.key(of: samples[sample(item, slot)], stream), at: place * count + slot,
                    to: &tensors, by: &batch.bytes, drawing: key?.generator(.phase))
            }
        }
    }

    /// The sample in a place of an item; the first where there is none.
    private func sample(_ item: Int, _ slot: Int) -> Int {
        slot < items[item].count ? items[item][slot] : items[item][0]
    }

    /// Writes the words of the questions of some items, if they are read.
    func writeWords(_ items: [Int], to tensors: inout TaskTensors) {
        guard tensors.contains(.words) else { return }
        var first = 0
        for item in items {
            for slot in 0..<room {
                let words = words[sample(item, slot)]
                tensors[.words].write(words, at: first)
                first += words.count
            }
        }
    }

    /// The pooled final states of a sample, before they are standardised, by stream.
    func finals(of index: Int) throws -> [Stream: Tensor] {
        var finals: [Stream: Tensor] = [:], bytes = StateBytes()
        for (stream, reader) in readers.mapValues({ $0.reading(.pooled) }) {
            var tensors = reader.makeTensors(keys: 1)
            try reader.read(reader.key(of: samples[index], stream), at: 0, to: &tensors, by: &bytes)
            finals[stream] = tensors.final
        }
        return finals
    }

    /// States of some items, in their order.
    func batch(_ items: [Int], _ standardisation: Standardisation?) throws -> Batch {
        var batch = makeBatch(items: items.count)
        for (place, item) in items.enumerated() { try read(item, at: place, to: &batch) }
        standardisation?.apply(to: &batch)
        return batch
    }
}

extension StateReader {
    /// The row of a sample in a stream: that of its clip, of the clip whose sound it has, or of its text.
    func key(of sample: Sample, _ stream: Stream) -> String {
        guard kind == .clips else { return KeyedText(sample.text ?? "").key }
        return stream == .audio ? sample.audioClip ?? sample.clip : sample.clip
    }
}
