import Foundation
import TestSupport
import Testing

/// The program as a user runs it: what it prints and how it ends.
@Suite struct CommandLineTests {
    private let data: AVEFolder

    init() throws {
        data = try AVEFolder(clips: ["one", "two"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("two", grey: 90)
    }

    private func extract(_ more: String...) throws -> Program.Result {
        try Program.run(
            ["extract", data.root, "--dataset", data.manifest, "--cache", cache, "--size", "32"]
                + more)
    }

    private var cache: String { "\(data.path)/cache" }

    /// Expects one line of complaint with these words, and this status.
    private func expect(
        _ result: Program.Result, _ status: Int32, _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
        let last = result.errors.split(separator: "\n").last ?? ""
        #expect(last.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
    }

    @Test func wholeDataSetEndsWithZero() throws {
        let result = try extract()
        expect(result, 0, "extract: 2 clips in ")
        #expect(result.output.isEmpty)
        let again = try extract()
        expect(again, 0, "extract: 0 clips in 0 s, 2 needed nothing; all 2 are complete")
    }

    @Test func brokenClipIsNamedAndEndsWithThree() throws {
        try Data().write(to: URL(filePath: data.clip("two")))
        let result = try extract()
        expect(result, 3, "1 of 2 lack data (see failures.jsonl)")
        #expect(result.errors.contains("unreadable: cannot open \(data.clip("two")): "))
        expect(try extract(), 3, "0 clips in 0 s, 2 needed nothing")
    }

    @Test func limitEndsWithSix() throws {
        expect(try extract("--limit", "1"), 6, "stopped at the limit")
    }

    @Test func quietRunSaysNothing() throws {
        let result = try extract("--quiet")
        #expect(result.status == 0 && result.errors.isEmpty && result.output.isEmpty)
    }

    @Test func jsonIsOneObjectPerLine() throws {
        try Data().write(to: URL(filePath: data.clip("two")))
        let result = try extract("--json")
        #expect(result.status == 3 && result.errors.isEmpty)
        var types: [String] = []
        for line in result.output.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            types.append(try #require(object?["type"] as? String))
        }
        #expect(types.last == "summary")
        #expect(Set(types) == ["status", "item", "summary"])
    }

    @Test func errorIsAnObjectToo() throws {
        let result = try Program.run([
            "extract", "/nowhere", "--dataset", "ave", "--cache", cache, "--json",
        ])
        #expect(result.status == 10)
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let error = try #require(object as? [String: Any])
        #expect(error["type"] as? String == "error" && error["exit"] as? Int == 10)
    }

    @Test func truncatedShardIsDamageAndTheRestIsChecked() throws {
        #expect(try extract().status == 0)
        let shard = "\(cache)/frames/shard-00000.h5"
        let bytes = try Data(contentsOf: URL(filePath: shard))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: shard))
        let result = try Program.run(["verify", "--cache", cache])
        #expect(result.status == 4)
        #expect(result.output.hasPrefix("\(shard): "))
        #expect(result.output.contains("2 rows checked, 1 damaged; remove a damaged shard"))
        #expect(try Program.run(["status", "--cache", cache]).status == 4)
    }

    @Test func missingFolderEndsWithTen() throws {
        let result = try Program.run(["extract", "/nowhere", "--dataset", "ave", "--cache", cache])
        expect(result, 10, "avprep: cannot read data set /nowhere: No such folder")
        #expect(!FileManager.default.fileExists(atPath: cache))
    }

    @Test func unreadableAnnotationEndsWithOne() throws {
        try data.write("data/Annotations.txt", "Bark&one&good&0&1\nBark&two&good&zero&1\n")
        let file = "\(data.root)/Annotations.txt"
        expect(try extract(), 1, "avprep: cannot read \(file): line 2: StartTime 'zero'")
    }

    @Test func wrongUsageEndsWithTwo() throws {
        let preset = try extract("--mel", "asst")
        expect(preset, 2, "avprep: --mel 'asst' is unknown (known: ast, ")
        #expect(preset.errors.split(separator: "\n").count == 1)
        let dataset = try Program.run(["extract", data.root, "--dataset", "avee", "--cache", cache])
        expect(dataset, 2, "cannot use data set 'avee': it is unknown (known: ave")
        #expect(try Program.run(["extract"]).status == 2)
        #expect(try Program.run(["explode"]).status == 2)
    }

    @Test func helpAndVersionEndWithZero() throws {
        for arguments in [["--help"], ["extract", "--help"], ["version"]] {
            let result = try Program.run(arguments)
            #expect(result.status == 0 && !result.output.isEmpty && result.errors.isEmpty)
        }
    }

    @Test func otherRecipeEndsWithFive() throws {
        #expect(try extract().status == 0)
        expect(
            try extract("--mel", "lavish-vit"), 5,
            "preset.normalisation.mean is -4.1426, was -4.2677393")
    }

    @Test func folderThatCannotBeWrittenEndsWithOne() throws {
        try data.write("cache", "a file in the way")
        expect(try extract(), 1, "avprep: cannot create folder \(cache): a file has that name")
    }

    @Test func lockedCacheEndsWithEleven() throws {
        #expect(try extract().status == 0)
        let holder = Process()
        holder.executableURL = URL(filePath: "/usr/bin/env")
        holder.arguments = ["flock", "\(cache)/lock", "sh", "-c", "echo; sleep 60"]
        let pipe = Pipe()
        holder.standardOutput = pipe
        try holder.run()
        _ = try pipe.fileHandleForReading.read(upToCount: 1)  // The lock is held now.
        defer { holder.terminate() }
        expect(try extract(), 11, "avprep: cannot use \(cache): it is in use by pid ")
    }

    @Test func truncatedWeightsEndWithOne() throws {
        #expect(try extract().status == 0)
        let folder = try TemporaryFolder(copying: Reference.path("vit-timm"))
        let weights = "\(folder.path)/model.safetensors"
        let bytes = try Data(contentsOf: URL(filePath: weights))
        try bytes.prefix(bytes.count - 100).write(to: URL(filePath: weights))
        let result = try Program.run([
            "encode", "--cache", cache, "--backbone", folder.path, "--stream", "visual", "--layers",
            "3",
        ])
        expect(result, 1, "avprep: cannot load backbone \(weights): tensor '")
        #expect(result.errors.contains("(truncated?)"))
    }

    @Test func missingCacheEndsWithTen() throws {
        let result = try Program.run(["status", "--cache", "/nowhere"])
        expect(result, 10, "avprep: cannot open cache /nowhere: there is no cache.json")
    }

    @Test func inspectedFileTellsItsStreams() throws {
        let result = try Program.run(["inspect", data.clip("one")])
        #expect(result.status == 0)
        #expect(result.output.contains("* 0: video h264, 64×48, "))
        #expect(result.output.contains("* 1: audio aac, 44100 Hz, 1 channels"))
        expect(
            try Program.run(["inspect", "/nowhere"]), 10,
            "avprep: cannot open /nowhere: No such file")
        #expect(try extract().status == 0)
        let cache = try Program.run(["inspect", "--cache", cache])
        #expect(cache.output.contains("/rgb u8 [2, 32, 32, 3]"))
        #expect(try Program.run(["inspect"]).status == 2)
    }

    @Test func environmentStandsInForOptions() throws {
        #expect(try extract().status == 0)
        let result = try Program.run(["status"], environment: ["AVPREP_CACHE": cache])
        #expect(result.output.contains("frames: 2 of 2 clips done"))
    }

    @Test func damageEndsWithFour() throws {
        #expect(try extract().status == 0)
        #expect(try Program.run(["verify", "--cache", cache, "--read-data"]).status == 0)
        let shard = "\(cache)/frames/shard-00000.h5"
        var bytes = try Data(contentsOf: URL(filePath: shard))
        // A grey picture is a long run of its value, give or take the rounding of its colours.
        let runs = (48...52).lazy.compactMap {
            bytes.firstRange(of: Data(repeating: $0, count: 64))
        }
        let pixels = try #require(runs.first)
        bytes[pixels.lowerBound + 7] ^= 4
        try bytes.write(to: URL(filePath: shard))
        let result = try Program.run(["verify", "--cache", cache, "--read-data"])
        #expect(result.status == 4)
        #expect(result.output.contains("rgb is damaged"))
    }
}
