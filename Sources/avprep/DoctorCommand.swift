import ArgumentParser
import Media
import Neural
import Storage

/// `avprep doctor`: what the program runs on.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Print which libraries and processor kernels are in use.")

    func run() {
        print("\(Producer.name)")
        for (name, version) in MediaLibraries.versions.sorted(by: { $0.key < $1.key }) {
            print("\(name) \(version)")
        }
        print(NumericEnvironment.current)
    }
}
