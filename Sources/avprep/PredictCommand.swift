import ArgumentParser
import Storage
import Training

/// `avprep predict`: what a run's best checkpoint says of each sample of a split, as a file.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Write a run's predictions on a split.",
        discussion: """
            Into a file that ends in .jsonl, an object for each sample; into one that ends in .csv, a \
            line for each segment or question. The file takes the place of an older one when it is complete.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("The split to predict.", valueName: "train|val|test"))
    var split: String

    @Option(name: .customLong("output"), help: ArgumentHelp("The file.", valueName: "file"))
    var file: String

    @Flag(help: "Also the probabilities of all labels.")
    var scores = false

    @Flag(help: "Also the scores of all labels as they are compared.")
    var logits = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard PredictionFile.Format(of: file) != nil else {
            throw ValidationError("--output must end in .jsonl or .csv.")
        }
    }

    func run() throws {
        guard let format = PredictionFile.Format(of: file) else { return }
        let cache = try Cache(opening: options.cache.path)
        var details: PredictionFile.Details = []
        if scores { details.insert(.probabilities) }
        if logits { details.insert(.logits) }
        let summary = try PredictionFile.write(
            to: file, as: format, run: options.run, cache: cache, split: split,
            leavingOut: options.reading.absentClips(of: cache), details: details,
            threads: options.reading.threads)
        output.console.summarise([
            "command": "predict", "output": .string(file), "split": .string(split),
            "samples": .number(Double(summary.samples)),
            "left_out": .number(Double(summary.leftOut)),
        ]) {
            "predict: \(summary.samples) samples of \(split) in \(file), \(summary.leftOut) left out"
        }
    }
}
