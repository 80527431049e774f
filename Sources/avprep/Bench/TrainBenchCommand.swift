import ArgumentParser
import Models
import Neural
import Storage
import Tensors

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

    @Option(
        help: ArgumentHelp(
            "What is trained: AV-PEA beside the backbones, or within their last two blocks.",
            valueName: "ladder|suffix"))
    var placement = "ladder"

    @Option(help: ArgumentHelp("Threads that compute.", valueName: "count"))
    var threads = 1

    @Option(help: ArgumentHelp("Steps of a measurement.", valueName: "count"))
    var steps = 4

    @Option(help: ArgumentHelp("Videos of a batch, of ten segments each.", valueName: "count"))
    var batch = 8

    @Option(help: ArgumentHelp("Width of the side network, of a ladder.", valueName: "count"))
    var width = 96

    @Option(
        help: ArgumentHelp(
            "Folder of the checkpoint whose blocks run, of a suffix; both streams have it.",
            valueName: "folder"))
    var backbone = ""

    @Option(
        help: ArgumentHelp(
            "Number type in which the blocks multiply, of a suffix.", valueName: "f32|bf16|int8"))
    var compute = "f32"

    @Option(
        help: ArgumentHelp(
            "Tokens of the visual and of the audio states, of a suffix.", valueName: "V,A"))
    var tokens = "197,49"

    func validate() throws {
        guard placement == "ladder" || placement == "suffix" else {
            throw ValidationError("--placement '\(placement)' is not ladder or suffix.")
        }
        guard 1...1024 ~= threads, steps > 0, batch > 0, width > 0, width.isMultiple(of: 2) else {
            throw ValidationError(
                "--threads must lie in 1…1024, --steps, --batch and --width be positive, --width even."
            )
        }
        guard placement == "ladder" || !backbone.isEmpty else {
            throw ValidationError("--placement suffix needs a --backbone.")
        }
        guard ComputeType(rawValue: compute) != nil else {
            throw ValidationError("--compute '\(compute)' is not f32, bf16 or int8.")
        }
        guard tokenCounts != nil else {
            throw ValidationError("--tokens '\(tokens)' is not two numbers above 1.")
        }
    }

    private var tokenCounts: (visual: Int, audio: Int)? {
        let counts = tokens.split(separator: ",").compactMap { Int($0) }
        guard counts.count == 2, counts.allSatisfy({ $0 > 1 }) else { return nil }
        return (counts[0], counts[1])
    }

    private func network(_ generator: inout SplitMix64) throws -> TrainBench.Network {
        guard placement == "suffix", let compute = ComputeType(rawValue: compute), let tokenCounts
        else { return .ladder(videos: batch, width: width, using: &generator) }
        return try .suffix(
            BackboneCatalog.load(backbone, reading: .pictures, compute: compute), blocks: 2,
            tokens: tokenCounts, videos: batch, using: &generator)
    }

    func run() throws {
        var generator = SplitMix64(seed: 1)
        let bench = TrainBench(
            try network(&generator), batches: 3, threads: threads, using: &generator)
        _ = bench.run(steps: 3)
        try options.run { _ in
            Measurement(repetitions: options.repetitions) {
                bench.run(steps: steps)
            } describe: { loss in
                [
                    "samples": .number(Double(steps * batch)), "loss": .number(Double(loss)),
                    "threads": .number(Double(threads)), "bytes": .number(Double(bench.bytes)),
                    "parameters": .number(Double(bench.parameterCount)),
                    "instructions": .string(NumericEnvironment.current.instructions.description),
                    "openblas": .string(NumericEnvironment.current.openBLASCore),
                ]
            }
        }
    }
}
