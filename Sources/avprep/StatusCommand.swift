import ArgumentParser
import Storage

/// `avprep status`: what a cache holds, read from its files.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Print how complete each feature of a cache is.")

    @OptionGroup var cache: CacheOptions

    @Flag(help: "One JSON object per feature, in place of words.")
    var json = false

    func run() throws {
        let cache = try Cache(opening: cache.path)
        let clips = try cache.clips()
        for name in cache.featureNames() {
            let feature = cache.feature(name), index = try feature.index()
            let done = clips.filter(index.contains).count
            let failures = try feature.failures()
            let failed = failures.filter { !$0.isPartial }.count
            if json {
                let line: JSONValue = [
                    "type": "item", "feature": .string(name), "clips": .number(Double(clips.count)),
                    "done": .number(Double(done)), "failed": .number(Double(failed)),
                    "partial": .number(Double(failures.count - failed)),
                    "missing": .number(Double(clips.count - done - failed)),
                ]
                print(line.text)
            } else {
                print(
                    "\(name): \(done) of \(clips.count) clips done, \(failures.count - failed) of them "
                        + "with gaps; \(failed) failed, \(clips.count - done - failed) missing")
            }
        }
    }
}
