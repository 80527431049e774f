import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct MediaFolderTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read() throws -> Dataset { try DatasetCatalog.read(folder.path, as: "folder") }

    /// Why the folder cannot be read, in words.
    private func refusal() -> String {
        do {
            _ = try read()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func clipsAreInTheOrderOfTheirBytes() throws {
        let names = [
            "-dash", "--two", "a b", "a.b", "a", "é", "Z", "x_30.000_40.000", "#", "line\nbreak",
            "sub/a",
            "sub.dir/-a", String(repeating: "x", count: 251),
        ]
        for name in names { try folder.write("\(name).mp4") }
        let dataset = try read()
        let expected = names.sorted {
            "\($0).mp4".utf8.lexicographicallyPrecedes("\($1).mp4".utf8)
        }
        #expect(dataset.clips.map(\.id) == expected)
        #expect(dataset.samples.map(\.clip) == expected)
        #expect(dataset.samples.map(\.id) == expected.map { "./\($0)" })
        #expect(dataset.clips.allSatisfy { $0.path == "\(folder.path)/\($0.id).mp4" })
        #expect(dataset.clips.allSatisfy { FileManager.default.fileExists(atPath: $0.path) })
        #expect(dataset.findings.isEmpty)
    }

    @Test func filesThatDifferInTheirExtensionKeepIt() throws {
        for name in ["a.mp4", "a.wav", "b.MP4", "a.mp4.mkv", "c.webm"] { try folder.write(name) }
        #expect(try read().clips.map(\.id) == ["a.mp4", "a.mp4.mkv", "a.wav", "b", "c"])
        try folder.write("labels.csv", "clip,label\na,x\n")
        #expect(refusal().contains("line 2: clip 'a' may be a.mp4 or a.wav"))
        try folder.write("labels.csv", "clip,label\na.wav,x\n./b.MP4,y\n")
        #expect(try read().samples.prefix(2).map(\.clip) == ["a.wav", "b"])
    }

    @Test func whatIsNoClipIsReported() throws {
        try folder.write("ok.mp4")
        for name in [
            "._ok.mp4", ".DS_Store", "Thumbs.db", ".hidden/x.mp4", "y.mp4.part", "notes.txt",
            "named.mp4/z.wav", "README",
        ] { try folder.write(name) }
        #expect(mkfifo("\(folder.path)/pipe.mp4", 0o600) == 0)
        try folder.link("dead.mp4", to: "nowhere")
        try folder.link("device.mp4", to: "/dev/zero")
        let dataset = try read()
        #expect(dataset.clips.map(\.id) == ["named.mp4/z", "ok"])
        #expect(dataset.count(of: "junk") == 5)
        #expect(dataset.count(of: "not-media") == 2)
        #expect(dataset.count(of: "special-file") == 2)
        #expect(dataset.count(of: "broken-link") == 1)
        #expect(dataset.count(of: "folder-named-like-clip") == 1)
    }

    @Test func linksAreFollowedOnceAndLoopsEnd() throws {
        try folder.write("real/a.mp4")
        try folder.link("again", to: "real")
        try folder.link("real/loop", to: "..")
        try folder.link("b.mp4", to: "real/a.mp4")
        let other = try TemporaryFolder()
        try other.write("c.mp4")
        try other.link("self", to: other.path)
        try folder.link("other", to: other.path)
        let dataset = try read()
        #expect(dataset.clips.map(\.id) == ["b", "other/c", "real/a"])
        #expect(dataset.count(of: "repeated-folder") == 3)
    }

    @Test func namesThatAreNotUTF8AreReported() throws {
        try folder.write("a.mp4")
        let bytes = Array("\(folder.path)/".utf8) + [0xFF, 0x2E, 0x6D, 0x70, 0x34, 0]
        let descriptor = bytes.withUnsafeBytes {
            open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o600)
        }
        #expect(descriptor >= 0)
        close(descriptor)
        let dataset = try read()
        #expect(dataset.clips.map(\.id) == ["a"])
        #expect(dataset.count(of: "unreadable-name") == 1)
    }

    @Test func twoNormalisationsOfANameAreRefused() throws {
        try folder.write("\u{E9}.mp4")
        try folder.write("e\u{301}.mp4")
        #expect(refusal().contains("differ in Unicode normalisation alone"))
    }

    @Test func linesAnnotateClips() throws {
        for name in ["a.mp4", "b.wav", "sub/c.mkv"] { try folder.write(name) }
        try folder.write(
            "labels.csv",
            "\u{FEFF}clip,split,label,labels,start,end,text,audio_clip,speaker\r\n"
                + "sub/c,train,dog,,,,\"a, b\",b,Ann\r\n"
                + "gone,test,,cat; dog ;,,,,,\r\n"
                + "a,test,,,1.50,2,,,\r\n" + "a.mp4,test,,,2,,,,\r\n")
        let dataset = try read()
        #expect(dataset.samples.map(\.id) == ["0", "1", "2", "3"])
        #expect(dataset.samples.map(\.clip) == ["sub/c", "gone", "a_1.5_2", "a_2_end"])
        #expect(dataset.samples.map(\.labels) == [["dog"], ["cat", "dog"], [], []])
        #expect(dataset.samples[0].text == "a, b")
        #expect(dataset.samples[0].audioClip == "b")
        #expect(dataset.samples[0].fields == ["speaker": "Ann"])
        #expect(
            dataset.clips == [
                Clip(id: "sub/c", path: "\(folder.path)/sub/c.mkv"),
                Clip(id: "b", path: "\(folder.path)/b.wav"),
                Clip(id: "gone", path: "\(folder.path)/gone.mp4"),
                Clip(id: "a_1.5_2", path: "\(folder.path)/a.mp4", start: 1.5, end: 2),
                Clip(id: "a_2_end", path: "\(folder.path)/a.mp4", start: 2),
            ])
        #expect(dataset.vocabulary == ["cat", "dog"])
        #expect(dataset.count(of: "unknown-clip") == 1)
        #expect(dataset.message(of: "unknown-clip").contains("labels.csv:3 (clip 'gone')"))
        #expect(dataset.count(of: "unlabelled-clip") == 0)
    }

    @Test func objectsOnLinesSayTheSame() throws {
        for name in ["a.mp4", "z.mp4"] { try folder.write(name) }
        try folder.write(
            "annotations.jsonl",
            """
            {"clip": "a", "labels": ["dog", "cat"], "start": 1, "end": 2.5, "n": 3, "ok": true, "x": null}
            {"clip": "a", "label": "dog", "split": "val", "text": "t"}
            """)
        let dataset = try read()
        #expect(dataset.samples.map(\.id) == ["0", "1", "./z"])
        #expect(dataset.samples.map(\.clip) == ["a_1_2.5", "a", "z"])
        #expect(dataset.samples.map(\.labels) == [["dog", "cat"], ["dog"], []])
        #expect(dataset.samples[0].fields == ["n": "3", "ok": "true"])
        #expect(dataset.samples[1].split == "val")
        #expect(dataset.count(of: "unlabelled-clip") == 1)
    }

    @Test(arguments: [
        ("clip\n../x\n", "line 2: clip '../x' leads out of the folder"),
        ("clip\n/etc/x\n", "line 2: clip '/etc/x' leads out of the folder"),
        ("clip\na/../../x\n", "line 2: clip 'a/../../x' leads out of the folder"),
        ("clip\n./\n", "line 2: clip './' names no file"),
        ("clip,audio_clip\na,../b\n", "line 2: audio_clip '../b' leads out of the folder"),
        ("clip,label\n,x\n", "line 2: 'clip' is missing or empty"),
        ("clip,start\na,x\n", "line 2: start 'x' is not a time"),
        ("clip,start\na,-1\n", "line 2: start '-1' is not a time"),
        ("clip,start\na,nan\n", "line 2: start 'nan' is not a time"),
        ("clip,start,end\na,2,2\n", "line 2: end 2.0 is not after start 2.0"),
        ("clip,start,end\na,1,2\na_1_2,,\n", "line 3: clip 'a_1_2' would have the id 'a_1_2'"),
        ("name\na\n", "line 1: no column 'clip' among name"),
        ("clip,x,x\na,1,2\n", "line 1: two columns are called 'x'"),
    ])
    func unreadableLineIsNamed(text: String, reason: String) throws {
        try folder.write("a.mp4")
        try folder.write("labels.csv", text)
        #expect(refusal().hasPrefix("cannot read \(folder.path)/labels.csv: \(reason)"))
    }

    @Test func twoAnnotationsNeedAManifest() throws {
        try folder.write("clips/a.mp4")
        try folder.write("labels.csv", "clip,label\na,x\n")
        try folder.write("annotations.jsonl", "{\"clip\": \"a\", \"label\": \"y\"}\n")
        #expect(refusal().contains("labels.csv and annotations.jsonl are there"))
        try folder.write(
            "m.yaml",
            """
            name: mine
            reader: folder
            annotations: annotations.jsonl
            media: "clips/{id}"
            segments: 3
            segmentDuration: 2
            """)
        let dataset = try DatasetCatalog.read(folder.path, as: folder.path + "/m.yaml")
        #expect(dataset.samples.map(\.labels) == [["y"]])
        #expect(dataset.clips == [Clip(id: "a", path: "\(folder.path)/clips/a.mp4")])
        #expect(dataset.segments == 3)
    }

    @Test func anEmptyFolderIsMissing() throws {
        #expect(refusal().contains("there are neither media files nor annotations"))
    }

    /// Takes some 2 s; a step that looks at all lines for each line would take hours.
    @Test(.timeLimit(.minutes(5)))
    func manyLinesAreRead() throws {
        try folder.write("a.mp4")
        let count = 200_000
        var csv = "clip,split,label,start,end\n", jsonl = ""
        for index in 0..<count {
            csv += "a,train,c\(index % 300),\(index),\(index + 1)\n"
            jsonl += "{\"clip\":\"b\(index)\",\"label\":\"c\",\"split\":\"test\"}\n"
        }
        try folder.write("labels.csv", csv)
        #expect(try read().clips.count == count)
        try folder.remove("labels.csv")
        try folder.write("annotations.jsonl", jsonl)
        #expect(try read().count(of: "unknown-clip") == count)
    }
}
