import ArgumentParser
import Foundation
import Training

/// Options of every command that trains, none of which changes a result.
struct TrainingOptions: ParsableArguments {
    @Flag(help: "Go on from the last checkpoint, if there is one.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Seconds between checkpoints inside an epoch; each epoch ends with one.",
            valueName: "seconds"))
    var checkpointEvery = 60.0

    @Option(help: ArgumentHelp("Batches that are read ahead.", valueName: "count"))
    var prefetch = 2

    func validate() throws {
        guard 0...1e9 ~= checkpointEvery else {
            throw ValidationError("--checkpoint-every must lie in 0…1000000000.")
        }
        guard 1...64 ~= prefetch else { throw ValidationError("--prefetch must lie in 1…64.") }
    }

    /// What came of a training.
    struct Report {
        let results: [Trainer.Result]
        let seconds: Double

        /// Runs that failed, by number, and why.
        let failures: [Int: String]

        /// Bytes that the process was to take at most.
        let plannedMemory: Int

        /// How the command is to end; nil if all is done.
        let outcome: Outcome?
    }

    /// Trains, and shows how it goes on a console, where the runs are called by `names`.
    func run(
        _ trainer: Trainer, _ console: Console, names: [String], _ interruption: Interruption
    ) throws -> Report {
        let start = Date()
        trainer.checkpointInterval = checkpointEvery
        trainer.depth = prefetch
        var display = TrainingDisplay(console, names: names)
        let results = try trainer.train(
            resuming: resume, isCancelled: { interruption.hasHappened },
            report: { display.show($0) })
        let wasCancelled = results.contains(where: \.wasCancelled)
        return Report(
            results: results, seconds: Date().timeIntervalSince(start), failures: display.failures,
            plannedMemory: display.plannedMemory,
            outcome: wasCancelled
                ? interruption.outcome ?? .interrupted : display.failures.isEmpty ? nil : .failed)
    }
}
