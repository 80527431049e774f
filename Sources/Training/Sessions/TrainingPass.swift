import Foundation
import Neural
import Storage

/// An epoch of several runs side by side: what is left of its updates, then val.
final class TrainingPass {
    /// The runs that are under way, with their numbers.
    private(set) var runs: [(number: Int, session: TrainingSession)]

    private let sources: [TrainingData]
    private let slots: BatchSlots<LoadedBatch>
    private let depth: Int
    private let checkpointInterval: Double

    /// Whether there never was another run, so that a failure ends everything.
    private let isAlone: Bool

    init(
        _ runs: [(number: Int, session: TrainingSession)], _ sources: [TrainingData],
        _ slots: BatchSlots<LoadedBatch>, depth: Int, checkpointInterval: Double, isAlone: Bool
    ) {
        (self.runs, self.sources, self.slots, self.depth) = (runs, sources, slots, depth)
        (self.checkpointInterval, self.isAlone) = (checkpointInterval, isAlone)
    }

    /// Trains and measures.
    ///
    /// - Returns: False if it was cancelled; checkpoints of what was done have then been written.
    func run(isCancelled: () -> Bool, report: (Trainer.Event) -> Void) throws -> Bool {
        let start = ContinuousClock.now
        var waiting = Duration.zero
        let plans = runs.map { $0.session.plans() }
        let samples = zip(runs, plans).map { run, plans in
            plans.reduce(0) { $0 + run.session.data.train.samples(of: $1.items) }
        }
        var failed: Set<Int> = []
        guard
            try train(
                plans, &failed, &waiting, isCancelled: isCancelled, report: report)
        else { return false }
        let training = ContinuousClock.now - start
        let judged = try measure(leavingOut: failed)
        for index in runs.indices where !failed.contains(index) {
            let (number, session) = runs[index]
            let timings = [
                "samples_per_second": Double(samples[index]) / (training / .seconds(1)),
                "waiting": waiting / training,
            ]
            guard let judged = judged[index] else { continue }
            let (epoch, isBest) = try session.finishEpoch(judged, timings: timings)
            report(.finishedEpoch(run: number, epoch, isBest: isBest, timings: timings))
            if session.isFinished { report(.finished(run: number)) }
        }
        runs = runs.indices.filter { !failed.contains($0) }.map { runs[$0] }
        return true
    }

    /// Makes the updates of an epoch; its batches are gone thereafter.
    ///
    /// - Returns: False if it was cancelled.
    private func train(
        _ plans: [[BatchPlan]], _ failed: inout Set<Int>, _ waiting: inout Duration,
        isCancelled: () -> Bool, report: (Trainer.Event) -> Void
    ) throws -> Bool {
        let loader = loader(plans)
        var checkpoint = ContinuousClock.now
        while let item = try Self.measure(&waiting, { try loader.next() }) {
            try item.withBatch { batch in
                for index in item.runs where !failed.contains(index) {
                    let (number, session) = runs[index]
                    try attempt(index, &failed, report) {
                        guard let loss = try session.take(&batch, item.plan) else { return }
                        report(
                            .stepped(
                                run: number, step: session.updates, of: session.totalUpdates,
                                samples: session.data.train.samples(of: item.plan.update),
                                loss: loss))
                    }
                }
            }
            loader.recycle(item)
            let isStopping = isCancelled()
            if isStopping || ContinuousClock.now - checkpoint > .seconds(checkpointInterval) {
                for index in runs.indices where !failed.contains(index) {
                    try runs[index].session.save()
                }
                checkpoint = .now
            }
            if isStopping { return false }
        }
        return true
    }

    private func loader(_ plans: [[BatchPlan]]) -> BatchLoader<LoadedBatch> {
        BatchLoader(plans, depth: depth, slots: slots) { [sources] plan, batch in
            try sources[plan.source].load(plan, to: &batch)
        }
    }

    /// Lets a run work; if it fails and there are others, these go on without it.
    private func attempt(
        _ index: Int, _ failed: inout Set<Int>, _ report: (Trainer.Event) -> Void,
        _ work: () throws -> Void
    ) throws {
        do {
            try work()
        } catch let error as TrainingError where !isAlone {
            failed.insert(index)
            report(.failed(run: runs[index].number, error))
        }
    }

    /// What each run says of val, by index.
    private func measure(leavingOut failed: Set<Int>) throws -> [Int: Judgement] {
        let plans = runs.enumerated().map { index, run in
            failed.contains(index) ? [] : run.session.validationPlans()
        }
        var judged: [Int: Judgement] = [:]
        let loader = loader(plans)
        while let item = try loader.next() {
            item.withBatch { batch in
                for index in item.runs {
                    runs[index].session.judge(&batch, item.plan, &judged[index])
                }
            }
            loader.recycle(item)
        }
        return judged
    }

    private static func measure<Result>(
        _ time: inout Duration, _ body: () throws -> Result
    ) rethrows -> Result {
        let start = ContinuousClock.now
        defer { time += ContinuousClock.now - start }
        return try body()
    }
}
