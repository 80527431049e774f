import ArgumentParser
import Storage

/// `avprep verify`: every clip's bytes against their checksums.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a cache, and name the clips whose data are damaged.",
        discussion: "Exit status 4 if damage was found.")

    @OptionGroup var cache: CacheOptions

    @Flag(help: "Compare the data of every clip with its checksums, not only the files' layout.")
    var readData = false

    func run() throws {
        let cache = try Cache(opening: cache.path)
        var clips = 0, damaged = 0
        for name in cache.featureNames() {
            for shard in try cache.feature(name).index().shards {
                clips += shard.clips.count
                guard readData else { continue }
                for (row, clip) in shard.clips.enumerated() {
                    let arrays = try shard.damagedArrays(row: row)
                    guard !arrays.isEmpty else { continue }
                    damaged += 1
                    print(
                        "\(shard.path): clip \(clip): \(arrays.joined(separator: ", ")) is damaged")
                }
            }
        }
        print("\(clips) rows checked, \(damaged) damaged")
        if damaged > 0 { throw Outcome.differenceFound }
    }
}
