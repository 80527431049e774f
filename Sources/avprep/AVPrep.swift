import ArgumentParser
import Foundation
import Storage

@main
struct AVPrep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avprep",
        abstract: "Cache audio-visual features, and train adapters of frozen backbones on them.",
        discussion: """
            Exit status: 0 all is done · 1 fatal · 2 usage or configuration · 3 done, but some \
            inputs failed · 4 damage or difference found · 5 stale or incompatible cache · 6 stopped \
            at a limit · 10 missing input · 11 locked by another run · 12 no space · 13 permission · \
            130, 143 interrupted, with everything left whole.
            """,
        version: Producer.version,
        subcommands: [
            ExtractCommand.self, EncodeCommand.self, BuildCommand.self, PlanCommand.self,
            TrainCommand.self, SweepCommand.self, EvaluateCommand.self, PredictCommand.self,
            ExportCommand.self,
            StatusCommand.self, VerifyCommand.self,
            CompareCommand.self, InspectCommand.self, BenchCommand.self, DoctorCommand.self,
            VersionCommand.self,
            WorkerCommand.self,
        ])

    /// Runs the command that was typed.
    ///
    /// The only place that ends the program, and that turns errors into words and numbers.
    static func main() {
        openStandardStreams()
        var outcome = Outcome.done
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch let result as Outcome {
            outcome = result  // The command has said why.
        } catch {
            outcome = Outcome(for: error)
            if outcome == .done {
                print(fullMessage(for: error))
            } else {
                Console.complain(words(for: error), outcome)
            }
        }
        exit(withError: ExitCode(outcome.rawValue))
    }

    /// Keeps a file from being opened in place of a standard stream that is closed, and printed into.
    private static func openStandardStreams() {
        while true {
            let number = unsafe open("/dev/null", O_RDWR)
            if 0...2 ~= number { continue }
            if number > 2 { close(number) }
            return
        }
    }

    /// What was typed, where options whose value may be left out have one.
    ///
    /// The parser would take the next word for the value.
    private static var arguments: [String] {
        var isOption = true
        return CommandLine.arguments.dropFirst().map { argument in
            if argument == "--" { isOption = false }
            let mayStandAlone = ["--retry-failed", "--lock-wait"].contains(argument)
            return isOption && mayStandAlone ? "\(argument)=\(StageOptions.always)" : argument
        }
    }

    /// One line that says what was attempted, on what, and why it failed.
    private static func words(for error: any Error) -> String {
        let isUsage = exitCode(for: error) == .validationFailure
        let words = isUsage ? message(for: error) : "\(error)"
        return words.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
