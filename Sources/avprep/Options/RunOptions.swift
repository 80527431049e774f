import ArgumentParser

/// Options of every command that reads token states of a cache for a run.
struct RunOptions: ParsableArguments {
    @OptionGroup var cache: CacheOptions

    @Option(help: ArgumentHelp("Folder of the run.", valueName: "folder"))
    var run: String

    @OptionGroup var reading: ReadingOptions
}
