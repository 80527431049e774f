import ArgumentParser
import Media
import Storage
import Tensors

/// `avprep bench logmel`: Kaldi's filter-bank energies of a clip's first ten seconds.
struct LogMelBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logmel",
        abstract: "Time the log-mel values of 10 s of audio, decoding not counted.")

    @OptionGroup var options: BenchOptions

    func run() throws {
        let extractor = LogMelExtractor(.ast)
        let request = ClipRequest(
            times: [], pictureSize: nil, sampleRate: extractor.preset.sampleRate, duration: 10)
        try options.run { file in
            let samples = try ClipDecoder.decode(file, request).samples
            return Measurement(repetitions: options.repetitions) {
                extractor.filterBank(samples)
            } describe: { values in
                let sum = values.elements.reduce(0.0) { $0 + Double($1) }
                return [
                    "frames": .number(Double(values.shape[0])),
                    "mean": .number(sum / Double(values.elements.count)),
                ]
            }
        }
    }
}
