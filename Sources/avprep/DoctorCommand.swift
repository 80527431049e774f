import ArgumentParser
import Media
import Neural
import Storage

/// `avprep doctor`: what the program runs on.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Print which libraries and processor kernels are in use.")

    @OptionGroup var output: OutputOptions

    func run() {
        let numeric = NumericEnvironment.current
        let media = MediaLibraries.versions
        let summary: JSONValue = [
            "type": "summary", "version": .string(Producer.version),
            "media": JSONValue(encoding: media), "openblas": .string(numeric.openBLASCore),
            "instructions": .string(numeric.instructions.description),
        ]
        output.console.print([summary]) {
            let libraries = media.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
            return "\(Producer.name)\n\(libraries.joined())\(numeric)\n"
        }
    }
}
