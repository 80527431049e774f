import ArgumentParser
import Models
import Neural
import Storage

/// `avprep bench encode`: made-up inputs through a frozen backbone.
struct EncodeBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Time a frozen backbone on made-up pictures, spectrograms or texts.",
        discussion: """
            Each file is the folder of a checkpoint. Loading it is not counted, nor is the first input of \
            each thread. `products` is the share of the threads' time that went into matrix products.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: ArgumentHelp("Number type to multiply in.", valueName: "f32|bf16|int8"))
    var compute = "f32"

    @Option(help: ArgumentHelp("What to read.", valueName: "pictures|spectrograms|texts"))
    var reading = "pictures"

    @Option(help: ArgumentHelp("Threads that compute.", valueName: "count"))
    var threads = 1

    @Option(help: ArgumentHelp("How many inputs a measurement encodes.", valueName: "count"))
    var images = 8

    @Option(
        help: ArgumentHelp(
            "Height and width of a picture, frames and bands of a spectrogram; most tokens of a text.",
            valueName: "HxW|tokens"))
    var size = "224x224"

    @Flag(help: "Also tell how far the states are from those in f32, by layer.")
    var deviation = false

    func validate() throws {
        guard ComputeType(rawValue: compute) != nil else {
            throw ValidationError("--compute '\(compute)' is not f32, bf16 or int8.")
        }
        guard BackboneInput.Kind(rawValue: reading) != nil else {
            throw ValidationError("--reading '\(reading)' is not pictures, spectrograms or texts.")
        }
        guard 1...1024 ~= threads, images > 0 else {
            throw ValidationError("--threads must lie in 1…1024, --images be positive.")
        }
        guard madeUp != nil else { throw ValidationError("--size '\(size)' is not such a size.") }
    }

    /// The inputs that the options ask for.
    private var madeUp: MadeUpInputs? {
        MadeUpInputs(BackboneInput.Kind(rawValue: reading) ?? .pictures, size: size)
    }

    func run() throws {
        guard let madeUp, let compute = ComputeType(rawValue: compute) else { return }
        let inputs = (0..<images).map(madeUp.input)
        let pool = WorkerPool(threads: threads)
        var loaded: [String: EncodeBench] = [:]
        try options.run { folder in
            if loaded[folder] == nil {
                let bench = EncodeBench(
                    try BackboneCatalog.load(folder, reading: madeUp.kind, compute: compute).model,
                    threads: threads)
                try bench.check(madeUp.input(0))
                bench.encode(Array(repeating: inputs[0], count: threads), on: pool)
                loaded = [folder: bench]
            }
            guard let bench = loaded[folder] else { preconditionFailure("\(folder) is loaded") }
            var facts = try facts(of: bench, in: folder, madeUp)
            let products = ProductClock()
            let measurement = Measurement(repetitions: options.repetitions) {
                bench.encode(inputs, on: pool)
            } describe: { _ in
                facts["products"] = .number(products.share(ofThreads: threads))
                return facts
            }
            return measurement
        }
    }

    private func facts(
        of bench: EncodeBench, in folder: String, _ madeUp: MadeUpInputs
    ) throws -> [String: JSONValue] {
        var facts: [String: JSONValue] = [
            "images": .number(Double(images)), "threads": .number(Double(threads)),
            "compute": .string(compute),
            "instructions": .string(NumericEnvironment.current.instructions.description),
            "openblas": .string(NumericEnvironment.current.openBLASCore),
        ]
        if deviation {
            let exact = EncodeBench(
                try BackboneCatalog.load(folder, reading: madeUp.kind).model, threads: 1)
            facts["deviation"] = .array(
                bench.deviations(from: exact, on: madeUp.input(0)).map {
                    ["relative": .number($0.relative), "cosine": .number($0.cosine)]
                })
        }
        return facts
    }
}
