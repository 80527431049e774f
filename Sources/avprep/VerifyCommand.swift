import ArgumentParser
import Storage

/// `avprep verify`: every byte of a cache against its checksum.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a cache, and name the files and clips whose data are damaged.",
        discussion: """
            Every bit of every file that a command has finished is covered: with --read-data the \
            clips' data as well, without it all else. Exit status 4 if damage was found.
            """)

    @OptionGroup var cache: CacheOptions

    @Flag(help: "Compare the data of every clip with its checksums, not only what describes them.")
    var readData = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let console = output.console
        let verification = try CacheVerification(of: cache.path, readingData: readData) { damage in
            var fields: [String: JSONValue] = [
                "type": "item", "file": .string(damage.file), "message": .string(damage.reason),
            ]
            fields["clip"] = damage.clip.map { .string($0) }
            if !damage.arrays.isEmpty {
                fields["arrays"] = .array(damage.arrays.map { .string($0) })
            }
            console.print([.object(fields)]) {
                "\(damage.file): \(damage.clip.map { "clip \($0): " } ?? "")\(damage.reason)\n"
            }
        }
        let summary: JSONValue = [
            "type": "summary", "files": .number(Double(verification.files)),
            "rows": .number(Double(verification.rows)),
            "bytes": .number(Double(verification.bytes)),
            "damaged": .number(Double(verification.damages)),
        ]
        console.print([summary]) {
            let remedy =
                verification.damages == 0
                ? ""
                : "; remove a damaged shard, and extract, encode or build makes its clips again"
            return "\(verification.rows) rows checked, \(verification.damages) damaged\(remedy)\n"
        }
        if verification.damages > 0 { throw Outcome.differenceFound }
    }
}
