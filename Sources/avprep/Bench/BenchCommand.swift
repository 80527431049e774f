import ArgumentParser

/// `avprep bench`: what the work of `extract`, `encode` and `train` takes.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Time what extract does with a clip, encode with its frames, and train with states.",
        discussion: """
            The program's start is not counted. `make bench`, in the sources, measures other tools beside it.
            """,
        subcommands: [
            ClipBenchCommand.self, LogMelBenchCommand.self, EncodeBenchCommand.self,
            TrainBenchCommand.self, TrainCacheCommand.self,
        ])
}

/// Options of every measurement.
struct BenchOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Media files; - takes their names from standard input, as they come.",
            valueName: "file"))
    var files: [String]

    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp("How often to measure each.", valueName: "count"))
    var repetitions = 1

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard repetitions > 0 else { throw ValidationError("--repeat must be positive.") }
    }

    /// Measures each file, and prints the answers one by one.
    func run(_ measure: (_ file: String) throws -> Measurement) throws {
        for file in files {
            guard file == "-" else {
                show(try measure(file), of: file)
                continue
            }
            while let file = readLine() { show(try measure(file), of: file) }
        }
    }

    private func show(_ measurement: Measurement, of file: String) {
        output.console.print([measurement.json(file)]) {
            let milliseconds = measurement.durations.map {
                ($0.seconds * 1000).formatted(digits: 1)
            }
            return "\(file): \(milliseconds.joined(separator: " ")) ms\n"
        }
    }
}
