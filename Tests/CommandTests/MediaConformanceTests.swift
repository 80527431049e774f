import Foundation
import TestSupport
import Testing

private let media = ProcessInfo.processInfo.environment["AVPREP_MEDIA"]

/// Every file of a folder of media, taken for a clip: data or a reason, and never a crash.
@Suite(.enabled(if: media != nil))
struct MediaConformanceTests {
    @Test func everyFileIsExtractedOrClassified() throws {
        let media = try #require(media), files = FileManager.default
        let names = try files.subpathsOfDirectory(atPath: media).sorted().filter {
            ["mp4", "mkv", "webm", "avi", "mov"].contains(URL(filePath: $0).pathExtension)
        }
        try #require(names.count > 60)
        let ids = names.indices.map { "--clip \($0).x" }
        let data = try AVEFolder(clips: ids)
        for (id, name) in zip(ids, names) {
            try files.createSymbolicLink(
                atPath: data.clip(id), withDestinationPath: "\(media)/\(name)")
        }
        let cache = "\(data.path)/cache"
        let arguments = [
            "extract", data.root, "--dataset", data.manifest, "--cache", cache, "--json",
        ]
        let result = try Program.run(arguments)
        #expect(result.status == 3, "\(result.errors)")

        let status = try Program.run(["status", "--cache", cache, "--json"]).output
        for line in status.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let counts = try #require(object as? [String: Any])
            #expect(counts["missing"] as? Int == 0, "\(line)")
            #expect(counts["clips"] as? Int == names.count)
            #expect(counts["done"] as? Int ?? 0 > names.count / 2)
        }
        let kinds = [
            "missing", "unreadable", "no-video", "no-audio", "short", "corrupt", "unsupported",
            "timeout", "hostile",
        ]
        let failures = try String(contentsOfFile: "\(cache)/frames/failures.jsonl", encoding: .utf8)
        for line in failures.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(kinds.contains(object?["outcome"] as? String ?? ""), "\(line)")
        }
        #expect(try Program.run(arguments).status == 3)
    }
}
