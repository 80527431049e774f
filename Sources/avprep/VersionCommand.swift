import ArgumentParser
import Storage

/// `avprep version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the program's version.")

    @OptionGroup var output: OutputOptions

    func run() {
        let summary: JSONValue = ["type": "summary", "version": .string(Producer.version)]
        output.console.print([summary]) { "\(Producer.version)\n" }
    }
}
