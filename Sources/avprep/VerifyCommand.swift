import ArgumentParser
import Storage

/// `avprep verify`: every clip's bytes against their checksums.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a cache, and name the files and clips whose data are damaged.",
        discussion: "Exit status 4 if damage was found.")

    @OptionGroup var cache: CacheOptions

    @Flag(help: "Compare the data of every clip with its checksums, not only the files' layout.")
    var readData = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let cache = try Cache(opening: cache.path)
        let console = output.console
        var rows = 0, damages = 0
        func report(_ shard: String, clip: String?, _ what: String) {
            damages += 1
            var fields: [String: JSONValue] = [
                "type": "item", "shard": .string(shard), "message": .string(what),
            ]
            if let clip { fields["clip"] = .string(clip) }
            console.print([.object(fields)]) {
                "\(shard): \(clip.map { "clip \($0): " } ?? "")\(what)\n"
            }
        }
        for name in cache.featureNames() {
            for path in try cache.feature(name).shardPaths() {
                do throws(StorageError) {
                    let shard = try Shard(reading: path)
                    rows += shard.clips.count
                    guard readData else { continue }
                    for (row, clip) in shard.clips.enumerated() {
                        let arrays = try shard.damagedArrays(row: row)
                        guard !arrays.isEmpty else { continue }
                        report(path, clip: clip, "\(arrays.joined(separator: ", ")) is damaged")
                    }
                } catch {
                    guard error.kind == .damaged else { throw error }
                    report(path, clip: nil, error.reason)
                }
            }
        }
        let summary: JSONValue = [
            "type": "summary", "rows": .number(Double(rows)), "damaged": .number(Double(damages)),
        ]
        console.print([summary]) { "\(rows) rows checked, \(damages) damaged\n" }
        if damages > 0 { throw Outcome.differenceFound }
    }
}
