import ArgumentParser
import Media
import Storage

/// `avprep bench clips`: ten pictures, resized, the audio and its log-mel windows.
struct ClipBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clips",
        abstract: "Time ten frames of 224 × 224, the audio and its log-mel windows of a 10 s clip.")

    @OptionGroup var options: BenchOptions

    func run() throws {
        let preset = LogMelPreset.ast
        let extractor = LogMelExtractor(preset)
        let request = ClipRequest(
            sampling: .segments,
            picture: PictureSettings(size: PictureSize(width: 224, height: 224)), segments: 10,
            segmentDuration: 1, sampleRate: preset.sampleRate)
        try options.run { file in
            try Measurement(repetitions: options.repetitions) {
                let clip = try ClipDecoder.decode(file, request)
                let windows = extractor.windows(
                    of: clip.samples, audioRange: clip.audioRange, segments: request.segments,
                    segmentDuration: request.segmentDuration)
                return (clip, windows)
            } describe: { clip, windows in
                [
                    "times": .array(clip.pictures.compactMap { $0.map { .number($0.time) } }),
                    "windows": .number(Double(windows.valid.count { $0 })),
                ]
            }
        }
    }
}
