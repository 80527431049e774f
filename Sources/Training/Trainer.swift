import Datasets
import Foundation
import Models
import Neural
public import Storage
import Synchronization
import Tensors

/// Trains recipes on cached states, selecting on val; test is not looked at, unless a recipe asks for it.
///
/// Several runs are trained side by side in one pass over the cache: what they read alike is read once.
/// Each is, to the bit, what it is alone, and for any number of threads.
public final class Trainer {
    /// What a training reports; `run` counts the runs from 0.
    public enum Event: Sendable {
        case started(run: Int, RunFolder.Record, train: Int, val: Int, updatesLeft: Int)

        /// All runs are about to go on; `memory` is what the process will take at most, in bytes.
        case prepared(memory: Int)
        case stepped(run: Int, step: Int, of: Int, samples: Int, loss: Double)
        /// A run has come to its end.
        case finished(run: Int)
        case finishedEpoch(run: Int, RunFolder.Epoch, isBest: Bool, timings: [String: Double])
        case failed(run: Int, any Error)
    }

    /// How a run has ended.
    public struct Result: Sendable {
        public let run: String
        public let bestEpoch: Int
        public let bestAccuracy: Double
        public let wasCancelled: Bool

        /// The split that selected the best epoch.
        public let selection: String
    }

    let sessions: [TrainingSession]
    private let sources: [TrainingData]
    private let slots = BatchSlots<LoadedBatch>()

    /// Seconds after which the last checkpoints are written inside an epoch, too.
    public var checkpointInterval = 60.0

    /// How many batches are read ahead.
    public var depth = 2

    /// Prepares trainings, each of a recipe into the folder of a run.
    ///
    /// Clips in `absent` are left out.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if the cache does not have what a recipe needs,
    ///   of kind `recipe` if a recipe's parts do not fit together.
    public init(
        _ runs: [(recipe: TrainingRecipe, folder: String)], cache: Cache,
        leavingOut absent: Set<String>, threads: Int
    ) throws {
        let operation = "train on cache \(cache.path)", pool = WorkerPool(threads: threads)
        var sources: [TrainingData] = []
        sessions = try runs.map { recipe, folder in
            let data: TrainingData
            if let known = sources.first(where: { $0.serves(recipe) }) {
                data = known
            } else {
                data = try TrainingData(
                    cache, recipe, leavingOut: absent, number: sources.count, operation: operation)
                sources.append(data)
            }
            return try TrainingSession(recipe, data, cache, folder: RunFolder(folder), pool: pool)
        }
        self.sources = sources
    }

    /// Trains to the end, or until val has not improved for as long as a recipe's patience.
    ///
    /// - Parameters:
    ///   - resuming: Whether to go on from the folders' last checkpoints.
    ///   - isCancelled: Asked between updates; what has been done is then kept in checkpoints.
    ///   - report: Called after each update and each epoch.
    /// - Returns: The runs' best epochs, whose checkpoints are kept.
    /// - Throws: ``TrainingError`` if the loss of the only run is not finite, or a folder holds another
    ///   run. A run beside others is reported as failed, and the others go on.
    public func train(
        resuming: Bool, isCancelled: () -> Bool, report: (Event) -> Void
    ) throws -> [Result] {
        var locks: [FolderLock] = []
        defer { withExtendedLifetime(locks) {} }
        for session in sessions {
            try AtomicFile.createFolder(session.folder.path)
            locks.append(
                try FolderLock(folder: session.folder.path, part: nil, command: "avprep train"))
            try session.check(resuming: resuming)
        }
        for (run, session) in sessions.enumerated() {
            try session.begin()
            report(
                .started(
                    run: run, session.record, train: session.data.train.samples.count,
                    val: session.data.val.samples.count, updatesLeft: session.updatesLeft))
        }
        report(.prepared(memory: plannedMemory()))
        var alive = sessions.indices.filter { !sessions[$0].isFinished }
        fillSlots()
        var wasCancelled = false
        while !alive.isEmpty, !wasCancelled {
            let pass = TrainingPass(
                alive.map { ($0, sessions[$0]) }, sources, slots, depth: depth,
                checkpointInterval: checkpointInterval, isAlone: sessions.count == 1)
            wasCancelled = try !pass.run(isCancelled: isCancelled, report: report)
            alive = pass.runs.map(\.number).filter { !sessions[$0].isFinished }
        }
        return sessions.map { session in
            Result(
                run: session.folder.path, bestEpoch: session.best?.epoch ?? 0,
                bestAccuracy: session.best?.accuracy ?? 0,
                wasCancelled: wasCancelled && !session.isFinished,
                selection: session.recipe.selectingSplit)
        }
    }
    /// Takes the memory of all batches that go round before the first is waited for.
    private func fillSlots() {
        guard let session = sessions.first(where: { !$0.isFinished }),
            let plan = session.plans().first
        else { return }
        let taken = (0..<depth + 2).map { _ in slots.take(plan.shape) }
        for slot in taken {
            slot.withBatch(making: session.data.makeBatch(plan)) { _ in }
            slots.put(slot)
        }
    }

    /// Bytes that the process takes at most; steps are recorded for it.
    func plannedMemory() -> Int {
        let needs = sessions.map { $0.prepare(slots) }
        // Runs share the batches: those that wait, one that is read, and one that is trained on. One of each
        // shape is there.
        let batches = needs.reduce(into: [:]) { all, needs in
            all.merge(needs.batches) { own, _ in own }
        }
        let added =
            (depth + 1) * (batches.values.max() ?? 0)
            + needs.map(\.own).reduce(0, +) + (needs.map(\.checkpoint).max() ?? 0)
        // Loading a checkpoint may have taken more than the runs will.
        return max(ProcessMemory.resident + added, ProcessMemory.peak)
    }
}
