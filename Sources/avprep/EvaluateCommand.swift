import ArgumentParser
import Storage
import Training

/// `avprep evaluate`: the published metric of a run's best checkpoint, on a split.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a run's best checkpoint on a split.",
        discussion: """
            Prints the segment accuracy over all segments of the split, background included, and \
            that of each class.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("The split to measure.", valueName: "train|val|test"))
    var split: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let cache = try Cache(opening: options.cache.path)
        let result = try Evaluation.evaluate(
            run: options.run, cache: cache, split: split,
            leavingOut: options.absentClips(of: cache), threads: options.threads)
        output.console.print([result.json(split: split)]) { result.table(split: split) }
    }
}

extension Evaluation.Result {
    func json(split: String) -> JSONValue {
        let classes = labels.indices.map { label -> JSONValue in
            [
                "label": .string(labels[label]),
                "segments": .number(Double(accuracy.segments[label])),
                "correct": .number(Double(accuracy.correct[label])),
            ]
        }
        return [
            "type": "summary", "command": "evaluate", "split": .string(split),
            "accuracy": .number(accuracy.value), "chance": .number(accuracy.chance),
            "segments": .number(Double(accuracy.count)), "samples": .number(Double(samples)),
            "left_out": .number(Double(leftOut)),
            "padded_segments": .number(Double(paddedSegments)), "epoch": .number(Double(epoch)),
            "classes": .array(classes),
        ]
    }

    /// Overall accuracy, then a line for each class.
    func table(split: String) -> String {
        func percent(_ correct: Int, _ segments: Int) -> String {
            segments == 0 ? "–" : (100 * Double(correct) / Double(segments)).formatted(digits: 2)
        }
        let width = labels.map(\.count).max() ?? 0
        var lines = [
            "\(split): segment accuracy \((100 * accuracy.value).formatted(digits: 2)) % of "
                + "\(accuracy.count) segments (\(paddedSegments) without data), \(samples) samples, "
                + "\(leftOut) left out "
                + "(most frequent label \((100 * accuracy.chance).formatted(digits: 2)) %, epoch \(epoch))"
        ]
        for label in labels.indices {
            let name = labels[label] + String(repeating: " ", count: width - labels[label].count)
            let share = percent(accuracy.correct[label], accuracy.segments[label])
            lines.append("  \(name)  \(share) % of \(accuracy.segments[label])")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
