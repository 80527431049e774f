import ArgumentParser
import Foundation
import Pipeline

/// `avprep worker`: decodes clips for the run that started it, which talks to its standard input.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Decode clips for another avprep.", shouldDisplay: false)

    func run() throws {
        try DecodingWorker.serve(descriptor: FileHandle.standardInput.fileDescriptor)
    }
}

extension WorkerLauncher {
    /// This very program, even if its file was replaced meanwhile.
    static var thisProgram: WorkerLauncher {
        WorkerLauncher(
            executable: "/proc/self/exe",
            arguments: ["avprep", WorkerCommand.configuration.commandName ?? ""],
            environment: ProcessInfo.processInfo.environment)
    }
}
