import ArgumentParser
import Datasets
import Media
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

    @OptionGroup var stage: StageOptions

    @Flag(help: "Try clips again that failed before.")
    var retryFailed = false

    @Option(help: ArgumentHelp("Height and width of frames in pixels.", valueName: "pixels"))
    var size = 224

    @Option(
        help: ArgumentHelp(
            "Log-mel front end: \(LogMelPreset.all.map(\.name).joined(separator: ", ")).",
            valueName: "preset"))
    var mel = "ast"

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard 1...1024 ~= size else { throw ValidationError("--size must lie in 1…1024.") }
        guard LogMelPreset.named(mel) != nil else {
            let known = LogMelPreset.all.map(\.name).joined(separator: ", ")
            throw ValidationError("--mel '\(mel)' is unknown (known: \(known)).")
        }
    }

    /// What the options say, in the library's terms.
    var extraction: Extraction.Configuration {
        var configuration = Extraction.Configuration()
        configuration.jobs = stage.jobs
        configuration.share = stage.share
        configuration.limit = stage.limit
        configuration.retriesFailed = retryFailed
        configuration.launcher = .thisProgram
        return configuration
    }

    /// What they make of the clips of a data set.
    func settings(for dataset: Dataset) -> ExtractionSettings {
        var settings = ExtractionSettings(
            segments: dataset.segments, segmentDuration: dataset.segmentDuration)
        settings.picture.size = PictureSize(width: size, height: size)
        settings.logMel = LogMelPreset.named(mel) ?? .ast
        return settings
    }

    func run() throws {
        var root = root
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        let dataset = try DatasetCatalog.read(root, as: dataset, indices: RecordNumbers.read)
        let extraction = Extraction(
            dataset, settings(for: dataset), cache: stage.cache.path, extraction)
        let outcome = try output.console.run("extract", cache: stage.cache.path) {
            try extraction.run(command: "avprep extract \(root)", isCancelled: $0, report: $1)
        }
        if outcome != .done { throw outcome }
    }
}
