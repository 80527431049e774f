import Foundation
import TestSupport
import Testing

/// What `status`, `verify` and `inspect` say of a cache.
@Suite struct StatusTests {
    private let data: AVEFolder

    private var cache: String { "\(data.path)/cache" }

    /// A cache of a whole clip, one without sound and one that is absent.
    init() throws {
        data = try AVEFolder(clips: ["one", "mute", "gone"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("mute", grey: 90, hasAudio: false)
        try extract()
        for stream in ["visual", "audio"] {
            _ = try Program.run([
                "encode", "--cache", cache, "--stream", stream, "--layers", "4", "--tokens", "cls",
            ])
        }
    }

    private func extract() throws {
        _ = try Program.run([
            "extract", data.root, "--dataset", data.manifest, "--cache", cache, "--size", "224",
        ])
    }

    private func status(_ more: String...) throws -> (
        status: Int32, features: [String: [String: Any]]
    ) {
        let result = try Program.run(["status", "--cache", cache, "--json"] + more)
        var features: [String: [String: Any]] = [:]
        for line in result.output.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            if let name = object?["feature"] as? String { features[name] = object }
        }
        return (result.status, features)
    }

    @Test func countsAgreeWithFiles() throws {
        let (exit, features) = try status()
        #expect(exit == 3)
        #expect(
            features.keys.sorted() == [
                "frames", "logmel", "states-tiny-audio", "states-tiny-visual",
            ])
        for (name, feature) in features {
            #expect(feature["clips"] as? Int == 3)
            #expect(feature["done"] as? Int == 2 && feature["missing"] as? Int == 0, "\(name)")
            #expect(feature["failed_by"] as? [String: Int] == ["missing": 1], "\(name)")
            #expect(feature["stale"] as? Int == 0)
        }
        #expect(features["logmel"]?["partial_by"] as? [String: Int] == ["no-audio": 1])
        #expect(features["frames"]?["partial"] as? Int == 0)
        #expect(features["frames"]?["sources_checked"] as? Bool == true)
        let text = try Program.run(["status", "--cache", cache, "--clips"]).output
        #expect(
            text.contains("  gone: failed missing\n") && text.contains("  mute: partial no-audio"))
    }

    @Test func changedMediaAndChangedInputsAreStale() throws {
        try data.makeClip("one", grey: 200, seconds: 2.4)
        let changed = try status()
        #expect(changed.status == 5)
        #expect(changed.features["frames"]?["stale_by"] as? [String: Int] == ["source-size": 1])
        #expect(changed.features["states-tiny-visual"]?["stale"] as? Int == 0)
        try extract()
        let extracted = try status()
        #expect(extracted.status == 5)
        #expect(extracted.features["frames"]?["stale"] as? Int == 0)
        #expect(
            extracted.features["states-tiny-visual"]?["stale_by"] as? [String: Int] == ["input": 1])
    }

    @Test func lostShardsAreMissing() throws {
        try FileManager.default.removeItem(atPath: "\(cache)/logmel/shard-00000.h5")
        let (exit, features) = try status()
        #expect(exit == 5)
        #expect(features["logmel"]?["missing"] as? Int == 2)
        #expect(features["logmel"]?["done"] as? Int == 0)
    }

    @Test func movedDataSetIsNamed() throws {
        let other = "\(data.path)/moved"
        try FileManager.default.moveItem(atPath: data.root, toPath: other)
        #expect(try status().features["frames"]?["sources_checked"] as? Bool == false)
        let named = try status("--root", other)
        #expect(named.status == 3 && named.features["frames"]?["sources_checked"] as? Bool == true)
    }

    @Test func strayFilesAreNamed() throws {
        try data.write("cache/frames/.tmp-shard-00009.h5", "x")
        try data.write("cache/notes.txt", "x")
        let text = try Program.run(["status", "--cache", cache]).output
        #expect(text.contains("frames/.tmp-shard-00009.h5: unfinished\n"))
        #expect(text.contains("notes.txt: foreign\n"))
        #expect(!text.contains("final-norm.safetensors"))
    }

    /// The file and the clip are named, whatever kind of file it is.
    @Test(arguments: [
        "cache.json", "samples.jsonl", "frames/recipe.json", "frames/failures.jsonl",
        "states-tiny-audio/final-norm.safetensors", "states-tiny-visual/shard-00000.h5",
    ])
    func flippedBitsAreFoundAndNamed(name: String) throws {
        let file = "\(cache)/\(name)", whole = try Data(contentsOf: URL(filePath: file))
        for place in [0, whole.count / 3, whole.count / 2, whole.count - 1] {
            var bytes = whole
            bytes[place] ^= 0x10
            try bytes.write(to: URL(filePath: file))
            let result = try Program.run(["verify", "--cache", cache, "--read-data"])
            #expect(result.status == 4, "byte \(place): \(result.errors)")
            #expect(result.output.contains("\(file): "), "byte \(place)")
        }
        try whole.write(to: URL(filePath: file))
        #expect(try Program.run(["verify", "--cache", cache, "--read-data"]).status == 0)
    }

    @Test func inspectedClipTellsAllThatIsKnown() throws {
        let result = try Program.run(["inspect", "--cache", cache, "--clip", "mute"])
        #expect(result.status == 0)
        #expect(result.output.contains("  source AVE/mute.mp4, "))
        #expect(result.output.contains("  times 0.500 1.500\n"))
        #expect(result.output.contains("  no-audio: cannot take all logmel of AVE/mute.mp4"))
        #expect(result.output.contains("  /rgb u8 [2, 224, 224, 3]: min "))
        #expect(result.output.contains("sample {\"clip\":\"mute\""))
        let json = try Program.run(["inspect", "--cache", cache, "--clip", "mute", "--json"])
        for line in json.output.split(separator: "\n") {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
        }
        #expect(try Program.run(["inspect", "--cache", cache, "--clip", "none"]).status == 10)
    }

    @Test func inspectedDataSetComparesExpectedWithFound() throws {
        let result = try Program.run(["inspect", data.root, "--dataset", data.manifest])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output.contains("  all: 3 samples, 3 clips, 2 on disk, 1 missing\n"),
            "\(result.output)")
        #expect(result.output.contains("  train: 1 samples, 1 clips, 1 on disk, 0 missing\n"))
    }
}
