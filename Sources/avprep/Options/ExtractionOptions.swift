import ArgumentParser
import Datasets
import Media
import Pipeline

/// What is taken from a clip; a job file's `extract` has the same names.
struct ExtractionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What to take from a clip: "
                + "\(ExtractedFeature.allCases.map(\.rawValue).joined(separator: ",")).",
            valueName: "list"))
    var features: String?

    @Option(
        name: .customLong("on"), parsing: .singleValue,
        help: ArgumentHelp(
            "Whether an outcome such as no-audio or short costs a clip all its data, or what is "
                + "missing is padded and marked (default: mask). May be repeated.",
            valueName: "outcome=fail|mask"))
    var policies: [String] = []

    @Option(
        help: ArgumentHelp(
            "Pictures as a published extraction takes them: "
                + "\(FramePreset.all.map(\.name).joined(separator: ", ")). Options given beside it "
                + "take the place of its own.",
            valueName: "preset"))
    var framePreset: String?

    @Option(help: ArgumentHelp("Pictures per second.", valueName: "rate"))
    var fps: Double?

    @Option(help: ArgumentHelp("Pictures per clip, evenly spread.", valueName: "count"))
    var frames: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds of the clip at which pictures are taken (default: the centre of each segment).",
            valueName: "a,b,…"))
    var times: String?

    @Option(help: ArgumentHelp("Size of pictures in pixels (default: 224).", valueName: "N|WxH"))
    var size: String?

    @Option(
        help: ArgumentHelp(
            "How a picture of another shape is brought to that size: "
                + "\(PictureSettings.Fit.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "fit"))
    var fit: String?

    @Option(
        help: ArgumentHelp(
            "How pixels are weighed: "
                + "\(PictureSettings.Kernel.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "kernel"))
    var resize: String?

    @Option(
        help: ArgumentHelp(
            "Interlaced pictures: "
                + "\(PictureSettings.Deinterlacing.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "how"))
    var deinterlace: String?

    @Option(
        help: ArgumentHelp(
            "Range of the codes of luma: "
                + "\(PictureSettings.Range.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "range"))
    var range: String?

    @Option(
        help: ArgumentHelp(
            "Matrix from luma and chroma to colours: "
                + "\(PictureSettings.Matrix.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "matrix"))
    var matrix: String?

    @Option(
        help: ArgumentHelp(
            "Log-mel front end: \(LogMelPreset.all.map(\.name).joined(separator: ", ")).",
            valueName: "preset"))
    var mel: String?

    @Option(
        help: ArgumentHelp("Windows of a clip (default: the data set's).", valueName: "count"))
    var segments: Int?

    @Option(
        help: ArgumentHelp("Length of a window (default: the data set's).", valueName: "seconds"))
    var segmentSeconds: Double?

    func validate() throws {
        if let times, seconds(times).contains(nil) {
            throw ValidationError("--times '\(times)' is not a list of seconds such as 0.5,1.5.")
        }
        if let policy = policies.first(where: { $0.split(separator: "=").count != 2 }) {
            throw ValidationError("--on '\(policy)' is not outcome=fail or outcome=mask.")
        }
        _ = try applied(10, 1)
    }

    /// What the options say, before a data set is known.
    var request: ExtractionRequest {
        var request = ExtractionRequest()
        request.features = features?.split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        for policy in policies.map({ $0.split(separator: "=") }) {
            request.policies[String(policy[0])] = String(policy[1])
        }
        request.framePreset = framePreset
        request.fps = fps
        request.frames = frames
        request.times = times.map { seconds($0).compactMap(\.self) }
        request.size = size
        request.fit = fit
        request.resize = resize
        request.deinterlace = deinterlace
        request.range = range
        request.matrix = matrix
        request.mel = mel
        request.segments = segments
        request.segmentSeconds = segmentSeconds
        return request
    }

    /// The data set with the windows that are asked for, and what is taken from its clips.
    func applied(to dataset: Dataset) throws -> (Dataset, ExtractionSettings) {
        do {
            let dataset = try request.applied(to: dataset)
            var settings = try applied(dataset.segments, dataset.segmentDuration)
            settings.allowsShortClips = dataset.hasVaryingLengths
            return (dataset, settings)
        } catch let error as ExtractionRequest.Error {
            throw ValidationError("--\(error.key) \(error.reason)")
        }
    }

    private func applied(_ segments: Int, _ duration: Double) throws -> ExtractionSettings {
        do {
            return try request.settings(segments: segments, segmentDuration: duration)
        } catch {
            throw ValidationError("--\(error.key) \(error.reason)")
        }
    }

    private func seconds(_ list: String) -> [Double?] {
        list.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    }
}
