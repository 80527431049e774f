import ArgumentParser
import Foundation
import Storage
import Training

/// `avprep evaluate`: the published metric of a run's best checkpoint, on a split.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a run's best checkpoint on a split.",
        discussion: """
            Prints the accuracy over all segments of the split, background included, or over all \
            questions and by their types, with a 95 % interval from drawing clips again, that of each \
            class, and which labels were taken for which. Looks at test are counted in the run's folder.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("The split to measure.", valueName: "train|val|test"))
    var split: String

    @Option(
        help: ArgumentHelp(
            "Write the confusion matrix as comma-separated values.", valueName: "file"))
    var confusion: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let cache = try Cache(opening: options.cache.path)
        let result = try Evaluation.evaluate(
            run: options.run, cache: cache, split: split,
            leavingOut: options.reading.absentClips(of: cache), threads: options.reading.threads)
        if let confusion {
            try AtomicFile.write(
                Data(result.confusion.csv(labels: result.labels).utf8), to: confusion,
                isLocked: false)
        }
        output.console.print([result.json(split: split)]) {
            result.table(split: split) + "\n" + result.confusionTable
        }
    }
}
