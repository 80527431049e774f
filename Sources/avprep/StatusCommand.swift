import ArgumentParser
import Storage

/// `avprep status`: what a cache holds, read from its files.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Print how complete each feature of a cache is.")

    @OptionGroup var cache: CacheOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        let cache = try Cache(opening: cache.path)
        let clips = try cache.clips()
        for name in cache.featureNames() {
            let feature = cache.feature(name), index = try feature.index()
            let done = clips.filter(index.contains).count
            let failures = try feature.failures()
            let failed = failures.filter { !$0.isPartial }.count
            let missing = clips.count - done - failed
            let line: JSONValue = [
                "type": "item", "feature": .string(name), "clips": .number(Double(clips.count)),
                "done": .number(Double(done)), "failed": .number(Double(failed)),
                "partial": .number(Double(failures.count - failed)),
                "missing": .number(Double(missing)),
            ]
            output.console.print([line]) {
                "\(name): \(done) of \(clips.count) clips done, \(failures.count - failed) of them "
                    + "with gaps; \(failed) failed, \(missing) missing\n"
            }
        }
    }
}
