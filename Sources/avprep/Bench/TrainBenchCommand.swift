import ArgumentParser
import Neural
import Storage

/// `avprep bench train`: steps on made-up states that lie in memory.
struct TrainBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Time training steps on made-up token states in memory.",
        discussion: """
            Each file is a name for one measurement of --steps steps; what it contains does not matter. \
            The first steps, which take memory, are not counted.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("What is trained.", valueName: "ladder"))
    var placement = "ladder"

    @Option(help: ArgumentHelp("Threads that compute.", valueName: "count"))
    var threads = 1

    @Option(help: ArgumentHelp("Steps of a measurement.", valueName: "count"))
    var steps = 4

    @Option(help: ArgumentHelp("Videos of a batch, of ten segments each.", valueName: "count"))
    var batch = 8

    @Option(help: ArgumentHelp("Width of the side network.", valueName: "count"))
    var width = 96

    func validate() throws {
        guard placement == "ladder" else {
            throw ValidationError("--placement '\(placement)' is not ladder.")
        }
        guard 1...1024 ~= threads, steps > 0, batch > 0, width > 0, width.isMultiple(of: 2) else {
            throw ValidationError(
                "--threads must lie in 1…1024, --steps, --batch and --width be positive, --width even."
            )
        }
    }

    func run() throws {
        let bench = TrainBench(
            TrainBench.Extents(batch: batch, width: width), batches: 3, threads: threads)
        _ = bench.run(steps: 3)
        try options.run { _ in
            Measurement(repetitions: options.repetitions) {
                bench.run(steps: steps)
            } describe: { loss in
                [
                    "samples": .number(Double(steps * batch)), "loss": .number(Double(loss)),
                    "threads": .number(Double(threads)), "bytes": .number(Double(bench.bytes)),
                    "instructions": .string(NumericEnvironment.current.instructions.description),
                    "openblas": .string(NumericEnvironment.current.openBLASCore),
                ]
            }
        }
    }
}
