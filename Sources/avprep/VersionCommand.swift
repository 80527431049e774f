import ArgumentParser
import Storage

/// `avprep version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the program's version.")

    func run() { print(Producer.version) }
}
