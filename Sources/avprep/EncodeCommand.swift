public import ArgumentParser
import Models
public import Neural
public import Pipeline
import Storage

extension Encoding.Stream: ExpressibleByArgument {}
extension Encoding.NumberType: ExpressibleByArgument {}
extension ComputeType: ExpressibleByArgument {}

/// `avprep encode`: cached frames, spectrograms or texts to token states of a frozen backbone.
struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Run a frozen backbone over a cache, and keep its intermediate token states.",
        discussion: """
            Layer k is the input of block k; the backbone's depth is the output of its last block, \
            before the final norm. Clips that lack frames or spectrograms are left out; the exit \
            status is then 3. Each distinct text of the samples is encoded once.

            topk:K keeps the special tokens and the K patches of largest norm, and their numbers. \
            With int8 states each token has a scale. The type of the products, --compute, changes \
            the states by what avprep compare tells.
            """)

    @OptionGroup var cache: CacheOptions

    @OptionGroup var stage: StageOptions

    @Option(
        help: ArgumentHelp(
            "Folder with config.json and model.safetensors, one file or shards, or builtin:tiny.",
            valueName: "folder"))
    var backbone = "builtin:tiny"

    @Option(help: ArgumentHelp("Which input to read.", valueName: "visual|audio|text"))
    var stream: Encoding.Stream

    @Option(help: ArgumentHelp("Layers to keep, such as 0,6,12.", valueName: "list"))
    var layers: String

    @Option(help: ArgumentHelp("Tokens to keep.", valueName: "all|cls|grid:RxC|topk:K"))
    var tokens = "all"

    @Option(help: ArgumentHelp("Number type of the states.", valueName: "f32|f16|int8"))
    var dtype = Encoding.NumberType.f16

    @Option(
        help: ArgumentHelp("Number type of the backbone's products.", valueName: "f32|bf16|int8"))
    var compute = ComputeType.f32

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard layerNumbers != nil else {
            throw ValidationError("--layers '\(layers)' is not a list of numbers such as 0,6,12.")
        }
        guard TokenSelection(tokens) != nil else {
            throw ValidationError("--tokens '\(tokens)' is not \(TokenSelection.forms).")
        }
    }

    private var layerNumbers: [Int]? {
        let numbers = layers.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        return numbers.contains(nil) ? nil : numbers.compactMap(\.self)
    }

    /// What the options say, in the library's terms.
    var encoding: Encoding.Configuration {
        var configuration = Encoding.Configuration(
            stream: stream, layers: layerNumbers ?? [], tokens: TokenSelection(tokens) ?? .all)
        configuration.numberType = dtype
        configuration.jobs = stage.jobs(orElse: nil)
        configuration.share = stage.share
        configuration.limit = stage.limit
        return configuration
    }

    func run() throws {
        let limits = StageLimits(stage)
        var configuration = encoding
        configuration.isOutOfTime = limits.isOutOfTime
        let encoding = Encoding(
            try BackboneCatalog.load(backbone, reading: stream.kind, compute: compute),
            cache: cache.path, configuration)
        if !stage.noSpaceCheck { try DiskSpace.check(encoding.plannedBytes(), at: cache.path) }
        let outcome = try output.console.run(
            "encode", cache: cache.path, limits, feature: encoding.featureName,
            rows: encoding.rows,
            {
                try encoding.run(
                    command: "avprep encode --stream \(stream.rawValue)", isCancelled: $0,
                    report: $1)
            }
        ).outcome
        if outcome != .done { throw outcome }
    }
}
