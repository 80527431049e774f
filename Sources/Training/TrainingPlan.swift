import Datasets
import Models
import Storage

/// What a training would read and take, before it is begun.
public struct TrainingPlan: Sendable {
    public let record: RunFolder.Record

    /// The states that are read: of which stream, of which layer, and which tokens of them.
    public let seams: [(stream: String, layer: Int, tokens: String)]

    /// Samples of train and val.
    public let train: Int
    public let val: Int

    /// Updates of an epoch, and epochs at most.
    public let updates: Int
    public let epochs: Int

    /// Bytes of the cache that an epoch reads, with val after it.
    public let bytesPerEpoch: Int

    /// Bytes that the process takes at most, for all runs.
    public let memory: Int
}

extension Trainer {
    /// What each run would read and take; nothing is written.
    public func plans() -> [TrainingPlan] {
        let memory = plannedMemory()
        return sessions.map { session in
            let data = session.data, declaration = data.streams.declaration
            return TrainingPlan(
                record: session.record,
                seams: declaration.seams.streams.flatMap { stream in
                    (declaration.seams[stream] ?? []).map {
                        (stream.rawValue, $0.layer, $0.tokens.rawValue)
                    }
                },
                train: data.train.samples.count, val: data.val.samples.count,
                updates: data.updates(session.recipe), epochs: session.recipe.epochs,
                bytesPerEpoch: data.streams.readers.values.map(\.bytesPerKey).reduce(0, +)
                    * (data.train.samples.count + data.val.samples.count),
                memory: memory)
        }
    }
}
