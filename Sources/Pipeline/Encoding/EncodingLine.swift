import Models
import Neural
import Storage
import Synchronization

/// The threads of an encoding: one reads ahead, several compute, and one writes.
///
/// Computing threads take segments in order and each keep one worker of the backbone, so a few clips
/// keep all of them busy, and no more clips are in memory than are being computed and the few that wait
/// to be written. An input is computed by one thread alone, so its bits do not depend on their number.
final class EncodingLine: Sendable {
    private let encoding: Encoding
    private let source: any EncodingSource
    private let encoder: StateEncoder
    private let work: GroupedWork
    private let isCancelled: @Sendable () -> Bool
    private let clock = EncodingClock()

    /// Segments that are to be computed, and rows that are to be written.
    private let segments: BoundedQueue<Segment>
    private let rows = BoundedQueue<EncodedClip>(capacity: 1)

    private let failure = Mutex<(index: Int, error: any Error)?>(nil)
    private let isStopping = Atomic(false)

    /// A part of a clip that one thread computes.
    private struct Segment: Sendable {
        let clip: EncodedClip
        let number: Int
        let input: BackboneInput
    }

    /// What came of the work.
    struct Result {
        /// Rows that were written, and those of them that are in published shards.
        var written = 0
        var published = 0

        var times = EncodingTimes()
    }

    init(
        _ encoding: Encoding, _ source: any EncodingSource, _ encoder: StateEncoder,
        _ work: GroupedWork, isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.encoding = encoding
        self.source = source
        self.encoder = encoder
        self.work = work
        self.isCancelled = isCancelled
        segments = BoundedQueue(capacity: 2 * encoding.configuration.jobs)
    }

    /// Works through all rows, or until told to stop.
    ///
    /// A signal drops what is not complete; at the end of the granted time clips that have been begun
    /// are finished, and the rows of incomplete groups published.
    ///
    /// - Parameters:
    ///   - makeShard: Makes the shard of a group.
    ///   - report: Told how many rows have been written.
    /// - Returns: What was done.
    /// - Throws: The error of the first row that failed.
    func run(
        makeShard: @escaping @Sendable (GroupedWork.Group) throws -> ShardWriter,
        report: @escaping @Sendable (_ written: Int) -> Void
    ) throws -> Result {
        let reader = BackgroundThread { self.read() }
        let result = Mutex(Result())
        let writer = BackgroundThread {
            let done = self.write(EncodedGroups(self.work.groups, makeShard), report)
            result.withLock { $0 = done }
        }
        WorkerPool(threads: encoding.configuration.jobs)
            .forEach(encoding.configuration.jobs) { _ in self.compute() }
        reader.join()
        rows.close()
        writer.join()
        if let failure = failure.withLock({ $0 }) { throw failure.error }
        return result.withLock { result in
            result.times = clock.times
            return result
        }
    }

    /// Whether a row is to be begun.
    private func mayBegin(_ index: Int) -> Bool {
        if isCancelled() || encoding.configuration.isOutOfTime() {
            isStopping.store(true, ordering: .relaxed)
        }
        return !isStopping.load(ordering: .relaxed) && counts(index)
    }

    /// Whether no row before this one has failed.
    ///
    /// Rows before a failed one go on, so that the first one that fails does not depend on the threads.
    private func counts(_ index: Int) -> Bool {
        failure.withLock { failure in failure.map { index < $0.index } ?? true }
    }

    private func fail(_ error: any Error, at index: Int) {
        failure.withLock { failure in
            if let first = failure, first.index <= index { return }
            failure = (index, error)
        }
    }

    private func read() {
        defer { segments.close() }
        for (index, item) in work.items.enumerated() {
            guard mayBegin(index) else { return }
            let key = work.groups[item.group].clips[item.row]
            do {
                let row = try clock.measure(\.reading) { try source.row(of: key) }
                let clip = EncodedClip(
                    row, key, index: index, group: item.group, row: item.row)
                if row.inputs.allSatisfy({ $0 == nil }) { rows.push(clip) }
                for case (let number, let input?) in row.inputs.enumerated() {
                    segments.push(Segment(clip: clip, number: number, input: input))
                }
            } catch {
                return fail(error, at: index)
            }
        }
    }

    private func compute() {
        let worker = encoding.backbone.model.makeWorker()
        while let segment = clock.measure(\.waiting, segments.pop) {
            let clip = segment.clip
            guard clip.isWanted({ mayBegin(clip.index) }), counts(clip.index), !isCancelled()
            else { continue }
            do {
                var flaws = StateFlaws()
                let pieces = try clock.measure(\.computing) {
                    try encoder.encode(segment.input, by: worker, &flaws)
                }
                if clip.add(pieces, at: segment.number, flaws) {
                    clock.measure(\.waiting) { rows.push(clip) }
                }
            } catch {
                fail(error, at: clip.index)
            }
        }
    }

    private func write(
        _ groups: EncodedGroups, _ report: @Sendable (_ written: Int) -> Void
    ) -> Result {
        var groups = groups, result = Result()
        while let clip = rows.pop() {
            guard counts(clip.index) else { continue }
            do {
                try clock.measure(\.writing) {
                    let row = try clip.take(encoder, encoding.configuration.numberType)
                    try groups.write(row, of: clip)
                }
                result.written += 1
                report(result.written)
            } catch {
                fail(error, at: clip.index)
            }
        }
        if failure.withLock({ $0 == nil }), !isCancelled() {
            do {
                try clock.measure(\.writing) { try groups.finishParts() }
            } catch {
                fail(error, at: .max)
            }
        }
        result.published = groups.published
        return result
    }
}
