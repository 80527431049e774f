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
            The best epoch on val is kept beside the last one; test is for avprep evaluate alone, unless \
            the recipe asks for selection: test, the protocol of published codes. \
            A cache that is stale or incomplete is refused with exit status 5. SIGINT leaves a \
            checkpoint, from which --resume continues as if nothing had happened.
            """)

    @OptionGroup var options: RunOptions

    @OptionGroup var recipe: RecipeOptions

    @OptionGroup var training: TrainingOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        let interruption = Interruption()
        let cache = try Cache(opening: options.cache.path)
        let trainer = try Trainer(
            [(recipe.recipe(), options.run)], cache: cache,
            leavingOut: options.reading.absentClips(of: cache), threads: options.reading.threads)
        let report = try training.run(trainer, output.console, names: [options.run], interruption)
        let result = report.results[0]
        output.console.summarise([
            "command": "train", "seconds": .number(report.seconds), "run": .string(options.run),
            "best_epoch": .number(Double(result.bestEpoch)),
            "best_\(result.selection)_accuracy": .number(result.bestAccuracy),
            "cancelled": .bool(result.wasCancelled),
            "planned_memory_bytes": .number(Double(report.plannedMemory)),
            "peak_memory_bytes": .number(Double(ProcessMemory.peak)),
        ]) {
            let words =
                "train: best of \(result.selection) is \((100 * result.bestAccuracy).formatted(digits: 2)) % at epoch "
                + "\(result.bestEpoch), in \(Console.duration(report.seconds)), with "
                + "\(Self.megabytes(ProcessMemory.peak)) of memory at most "
                + "(\(Self.megabytes(report.plannedMemory)) planned)"
            return result.wasCancelled ? words + "; interrupted, --resume continues" : words
        }
        if let outcome = report.outcome { throw outcome }
    }

    private static func megabytes(_ bytes: Int) -> String {
        "\((Double(bytes) / 1e6).formatted(digits: 0)) MB"
    }
}
