import ArgumentParser
import Foundation
import Storage
import Training

/// `avprep train`: an adapter or a probe, from cached token states.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a recipe's model on cached token states.",
        discussion: """
            The best epoch on val is kept beside the last one; test is for avprep evaluate alone. \
            A cache that is stale or incomplete is refused with exit status 5.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("The recipe, a YAML file.", valueName: "file"))
    var recipe: String

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Override a key of the recipe, such as optimizer.clip=0.5.", valueName: "key=value"))
    var overrides: [String] = []

    @Flag(help: "Go on from the folder's last checkpoint.")
    var resume = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let recipe = try TrainingRecipe(reading: recipe, overrides: overrides)
        let cache = try Cache(opening: options.cache.path)
        let trainer = try Trainer(
            recipe, cache: cache, run: options.run, leavingOut: options.absentClips(of: cache),
            threads: options.threads)
        let console = output.console, interruption = Interruption(), start = Date()
        let result = try trainer.train(
            resuming: resume, isCancelled: { interruption.hasHappened }, report: console.show)
        let seconds = Date().timeIntervalSince(start)
        console.summarise([
            "command": "train", "seconds": .number(seconds), "run": .string(options.run),
            "best_epoch": .number(Double(result.bestEpoch)),
            "best_val_accuracy": .number(result.bestAccuracy),
            "cancelled": .bool(result.wasCancelled),
        ]) {
            let words =
                "train: best of val is \((100 * result.bestAccuracy).formatted(digits: 2)) % at epoch "
                + "\(result.bestEpoch), in \(Console.duration(seconds))"
            return result.wasCancelled ? words + "; interrupted, --resume continues" : words
        }
        if result.wasCancelled { throw interruption.outcome ?? .interrupted }
    }
}

extension Console {
    /// Shows what a training reports.
    func show(_ event: Trainer.Event) {
        switch event {
        case .started(let run, let train, let val):
            tell(
                "\(run.methodParameters) parameters in the method, \(run.headParameters) in the head; "
                    + "\(train) samples in train, \(val) in val, \(run.leftOut.count) clips left out, "
                    + "\(run.paddedSegments) segments without data",
                [
                    "method_parameters": .number(Double(run.methodParameters)),
                    "head_parameters": .number(Double(run.headParameters)),
                    "train": .number(Double(train)), "val": .number(Double(val)),
                    "left_out": .number(Double(run.leftOut.count)),
                    "padded_segments": .number(Double(run.paddedSegments)),
                ])
        case .stepped(let step, let total, let loss):
            show(done: step, of: total, unit: "steps", note: ", loss \(loss.formatted(digits: 4))")
        case .finishedEpoch(let epoch, let isBest):
            tell(
                "epoch \(epoch.epoch): loss \(epoch.loss.formatted(digits: 4)), val "
                    + "\((100 * epoch.accuracy).formatted(digits: 2)) %\(isBest ? " (best)" : "")",
                [
                    "epoch": .number(Double(epoch.epoch)), "train_loss": .number(epoch.loss),
                    "val_accuracy": .number(epoch.accuracy), "best": .bool(isBest),
                ], isMinor: !isBest)
        }
    }
}
