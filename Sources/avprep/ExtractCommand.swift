import ArgumentParser
import Datasets
import Pipeline
import Storage

/// `avprep extract`: media files to cached frames and log-mel spectrograms.
struct ExtractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Decode clips, and cache their frames and log-mel spectrograms.",
        discussion: """
            Clips already in the cache are skipped, so an interrupted run can be resumed. Clips \
            that cannot be decoded are reported and left out; the exit status is then 3.
            """)

    @Argument(help: "Folder of the data set.")
    var root: String

    @Option(help: ArgumentHelp("Its name, or a YAML file that describes it.", valueName: "name"))
    var dataset: String

    @OptionGroup var cache: CacheOptions

    @OptionGroup var extraction: ExtractionOptions

    @OptionGroup var stage: StageOptions

    @OptionGroup var retry: RetryOptions

    @OptionGroup var output: OutputOptions

    /// What the options say, in the library's terms.
    private func configuration(_ limits: StageLimits) -> Extraction.Configuration {
        var configuration = Extraction.Configuration()
        configuration.jobs = stage.jobs(orElse: nil)
        configuration.share = stage.share
        configuration.limit = stage.limit
        configuration.isOutOfTime = limits.isOutOfTime
        retry.apply(to: &configuration)
        configuration.launcher = .thisProgram
        return configuration
    }

    func run() throws {
        var root = root
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        let limits = StageLimits(stage)
        let (dataset, settings) = try extraction.applied(
            to: DatasetCatalog.read(root, as: dataset, indices: RecordNumbers.read))
        var configuration = configuration(limits)
        configuration.root = root
        let extraction = Extraction(dataset, settings, cache: cache.path, configuration)
        if !stage.noSpaceCheck {
            try DiskSpace.check(extraction.plan().bytes, at: cache.path)
        }
        let outcome = try output.console.run(
            "extract", cache: cache.path, limits, root: root,
            { try extraction.run(command: "avprep extract \(root)", isCancelled: $0, report: $1) }
        ).outcome
        if outcome != .done { throw outcome }
    }
}
