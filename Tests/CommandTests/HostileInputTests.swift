import Datasets
import Foundation
import Glibc
import Media
import Pipeline
import Storage
import TestSupport
import Testing

/// Files that are out to do harm, and names that programs stumble over.
@Suite struct HostileInputTests {
    private let folder: AVEFolder
    private let valid: Data

    init() throws {
        folder = try AVEFolder(clips: ["valid"])
        try folder.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:r=10:d=2 -f lavfi -i sine=d=2 -preset ultrafast",
            to: folder.clip("valid"))
        valid = try Data(contentsOf: URL(filePath: folder.clip("valid")))
    }

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Extracts clips by id and path, in workers.
    private func extract(_ clips: [(id: String, path: String)]) throws -> Cache {
        let dataset = Dataset(
            name: "hostile", samples: [], clips: clips.map { Clip(id: $0.id, path: $0.path) },
            vocabulary: [], segments: 2, segmentDuration: 1, findings: [])
        var settings = ExtractionSettings(segments: 2, segmentDuration: 1)
        settings.picture.size = PictureSize(width: 8, height: 8)
        settings.limits.wallSeconds = 30
        var configuration = Extraction.Configuration()
        configuration.jobs = 2
        configuration.launcher = WorkerLauncher(
            executable: Program.path, arguments: ["avprep", "worker"],
            environment: ProcessInfo.processInfo.environment)
        _ = try Extraction(dataset, settings, cache: path("cache"), configuration).run(
            command: "test", isCancelled: { false }, report: { _ in })
        return try Cache(opening: path("cache"))
    }

    @Test func whatAsksForOtherFilesIsHostile() throws {
        let texts = [
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nvalid.mp4\n#EXT-X-ENDLIST\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n",
            "ffconcat version 1.0\nfile '\(folder.clip("valid"))'\n",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
            """
            <?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
             profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet>
            <Representation id="1" mimeType="video/mp4"><BaseURL>http://127.0.0.1:9/a.mp4</BaseURL>
            </Representation></AdaptationSet></Period></MPD>
            """,
        ]
        for (index, text) in texts.enumerated() {
            try Data(text.utf8).write(to: URL(filePath: path("\(index).mp4")))
        }
        let cache = try extract(texts.indices.map { ("\($0)", path("\($0).mp4")) })
        #expect(
            try cache.feature("frames").failures().map(\.outcome) == texts.map { _ in "hostile" })
    }

    @Test func whatIsNoFileIsNotOpened() throws {
        #expect(mkfifo(path("pipe"), 0o600) == 0)
        try FileManager.default.createSymbolicLink(
            atPath: path("loop"), withDestinationPath: path("loop"))
        try FileManager.default.createSymbolicLink(
            atPath: path("link"), withDestinationPath: "/dev/zero")
        try Data().write(to: URL(filePath: path("empty")))
        let long = String(repeating: "x", count: 300)
        let cases = [
            ("pipe", "it is a named pipe, not a file"), (".", "it is a directory, not a file"),
            ("loop", "Too many levels of symbolic links"), ("link", "it is a device, not a file"),
            ("empty", "the file is empty (0 bytes)"), (long, "File name too long"),
        ]
        let failures = try extract(cases.map { ($0.0, path($0.0)) }).feature("frames").failures()
        #expect(failures.map(\.outcome) == cases.map { _ in "unreadable" })
        #expect(failures.map(\.message) == cases.map { "cannot open \(path($0.0)): \($0.1)" })
    }

    /// The valid clip with other bytes some way after the name of a box of its index.
    private func patched(_ box: String, _ offset: Int, _ bytes: [UInt8]) throws -> Data {
        var data = valid
        let index = try #require(data.firstRange(of: Data("moov".utf8))).upperBound
        let name = try #require(data[index...].firstRange(of: Data(box.utf8)))
        let place = name.upperBound + offset
        data.replaceSubrange(place..<place + bytes.count, with: bytes)
        return data
    }

    @Test func headersThatPromiseTooMuchCostNothing() throws {
        let billion: [UInt8] = [0x3b, 0x9a, 0xca, 0x00]
        let cases: [(String, Data, Set<String>)] = try [
            ("giant", patched("avc1", 24, [0xff, 0xff, 0xff, 0xff]), ["hostile"]),
            ("frames", patched("stsz", 8, billion), ["unreadable", "corrupt"]),
            ("times", patched("stts", 4, billion), ["unreadable", "corrupt", "hostile"]),
            ("chunks", patched("stco", 4, billion), ["unreadable", "corrupt", "hostile"]),
            ("truncated", valid.prefix(valid.count / 2), ["unreadable"]),
        ]
        for (name, data, _) in cases { try data.write(to: URL(filePath: path(name))) }
        let failures = try extract(cases.map { ($0.0, path($0.0)) }).feature("frames").failures()
        for (name, _, outcomes) in cases {
            let failure = try #require(failures.first { $0.clip == name }, "\(name)")
            #expect(outcomes.contains(failure.outcome), "\(failure)")
        }
    }

    @Test func damagedFilesAreDataOrAReason() throws {
        var state: UInt64 = 7
        func random(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let names = (0..<60).map { "fuzz\($0)" }
        for name in names {
            var data = valid
            for _ in 0..<(1 + random(below: 200)) {
                data[random(below: data.count)] = UInt8(random(below: 256))
            }
            try data.prefix(valid.count - random(below: 2_000)).write(to: URL(filePath: path(name)))
        }
        let cache = try extract(names.map { ($0, path($0)) })
        for name in ["frames", "logmel"] {
            let feature = cache.feature(name), index = try feature.index()
            let failures = try feature.failures()
            #expect(failures.allSatisfy { MediaError.Kind(rawValue: $0.outcome) != nil })
            for clip in names {
                let failure = failures.first { $0.clip == clip }
                #expect(index.contains(clip) == (failure?.isPartial ?? true), "\(clip)")
            }
        }
    }

    @Test func namesAreNothingButNames() throws {
        let ids = [
            "-a", "--help", " ", " a b ", "x_30.000_40.000", "a.mp4.mp4", "Ünï 💥", "new\nline",
            "%03d", "http:x", "concat:a|b", "'\";$(x)", String(repeating: "y", count: 251),
        ]
        try FileManager.default.createDirectory(
            atPath: path("names"), withIntermediateDirectories: true)
        for id in ids { try valid.write(to: URL(filePath: path("names/\(id).mp4"))) }
        let cache = try extract(ids.map { ($0, path("names/\($0).mp4")) })
        for name in ["frames", "logmel"] {
            #expect(try cache.feature(name).index().shards.flatMap(\.clips) == ids)
            #expect(try cache.feature(name).failures().isEmpty)
        }
    }

    /// Nothing to read or to print to, no environment, and no home.
    @Test func nothingIsNeededOfItsSurroundings() throws {
        let command =
            "extract \(folder.root) --dataset \(folder.manifest) --size 8 --jobs 2 --cache"
        #expect(
            try Program.run("/bin/sh", ["-c", "\(Program.path) \(command) \(path("plain"))"])
                .status == 0)
        let bare = try Program.run(
            "/usr/bin/env",
            [
                "-i", "HOME=/proc", "/bin/sh", "-c",
                "exec \(Program.path) \(command) \(path("bare")) <&- >&- 2>&-",
            ])
        #expect(bare.status == 0)
        let isSame = try folder.files(of: path("bare")) == folder.files(of: path("plain"))
        #expect(isSame)
        let lock = try String(contentsOfFile: path("bare/lock"), encoding: .utf8)
        #expect(lock.split(separator: "\n").count == 1, "\(lock)")
    }
}
