import ArgumentParser

/// How a command speaks.
struct OutputOptions: ParsableArguments {
    @Flag(help: "One JSON object per line on standard output, in place of words.")
    var json = false

    @Flag(help: "Nothing but errors, and failed clips that no earlier run has told of.")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "Show progress as a line that moves, as plain lines, or not at all.",
            valueName: "auto|plain|none"))
    var progress = Console.Progress.auto

    /// The console that these options ask for.
    var console: Console { Console(json: json, quiet: quiet, progress: progress) }
}
