import Foundation
import Testing

@testable import Datasets

/// Data sets in a folder of the test's own.
@Suite struct AVETests: ~Copyable {
    let root = FileManager.default.temporaryDirectory.appending(path: "ave-\(UUID())").path()

    static let header = "Category&VideoID&Quality&StartTime&EndTime"
    static let records = [
        "Church bell&--bell&good&2&7", "Bark&dog 1&good&0&10", "Bark&--bell&good&8&8",
    ]

    init() throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try write("trainSet.txt", Self.records[0] + "\n")
        try write("valSet.txt", Self.records[1])
        try write("testSet.txt", Self.records[2] + "\r\n")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(root)/\(name)"))
    }

    /// With and without header, byte-order mark and final newline; LF and CRLF; trailing blanks.
    static let spellings: [String] = {
        let headed = [header] + records
        return [
            records.joined(separator: "\n"), records.joined(separator: "\n") + "\n",
            headed.joined(separator: "\n") + "\n", records.joined(separator: "\r\n"),
            "\u{FEFF}" + headed.joined(separator: "\r\n") + "\r\n\r\n",
            records.joined(separator: "  \n"),
        ]
    }()

    @Test(arguments: spellings)
    func everySpellingGivesTheSameSamples(text: String) throws {
        try write("Annotations.txt", text)
        let dataset = try DatasetCatalog.read(root, as: "ave")
        #expect(dataset.samples.map(\.id) == ["0", "1", "2"])
        #expect(dataset.samples.map(\.clip) == ["--bell", "dog 1", "--bell"])
        #expect(dataset.samples.map(\.split) == ["train", "val", "test"])
        #expect(dataset.samples[0].events == [Event(name: "Church bell", start: 2, end: 7)])
        #expect(dataset.clips.map(\.id) == ["--bell", "dog 1"])
        #expect(dataset.clips[0].path == "\(root)/AVE/--bell.mp4")
        #expect(dataset.vocabulary == ["Church bell", "Bark"])
    }

    @Test func oddRecordsAreReported() throws {
        try write("Annotations.txt", Self.records.joined(separator: "\n"))
        let findings = try DatasetCatalog.read(root, as: "ave").findings
        #expect(
            findings.contains { $0.kind == "empty-event" && $0.message.contains("txt:3 (--bell)") })
        #expect(findings.contains { $0.kind == "split-overlap" && $0.message.contains("--bell") })
        #expect(findings.filter { $0.kind == "unexpected-count" }.count == 3)
    }

    @Test(arguments: [
        ("Bark&id&good&0", "line 1: 4 fields"),
        ("Bark&id&good&0&x", "line 1: StartTime '0' and EndTime 'x'"),
        ("Bark&id&good&5&4", "line 1: an event from 5 s to 4 s in 10.0 s"),
        ("Bark&id&good&5&11", "line 1: an event from 5 s to 11 s in 10.0 s"),
        ("Bark&id&good&0&9\nBark&../id&good&0&1", "line 2: VideoID '../id'"),
        ("\n\n", "it has no records"),
        ("&id&good&0&1", "line 1: the category is empty"),
        (
            "Bark&\u{E9}&good&0&1\nBark&e\u{301}&good&0&1",
            "line 2: VideoID 'e\u{301}' occurs before"
        ),
    ])
    func unreadableRecordIsNamed(text: String, reason: String) throws {
        try write("Annotations.txt", text)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(root, as: "ave")
        }
        #expect(
            error?.description.hasPrefix("cannot read \(root)/Annotations.txt: \(reason)") == true)
    }

    @Test func backwardEventInASplitIsNamed() throws {
        try write("Annotations.txt", Self.records.joined(separator: "\n"))
        try write("valSet.txt", "Bark&dog 1&good&6&1")
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(root, as: "ave")
        }
        #expect(error?.reason == "line 1: an event from 6 s to 1 s")
    }

    @Test(arguments: [
        ("segments: 0", "segments must lie in 1…10000"),
        ("segmentDuration: .inf", "segmentDuration in 0.001…3600"),
        ("segments: ten", "key 'segments' has a value of another kind"),
        ("media: [", "it is not"),
    ])
    func wrongManifestIsNamed(line: String, reason: String) throws {
        let key = line.prefix { $0 != ":" }
        let lines = [
            "name: x", "reader: AVE", "annotations: a.txt", "media: \"{id}.mp4\"", "splits: {}",
            "segments: 10", "segmentDuration: 1",
        ]
        let text = lines.map { $0.hasPrefix("\(key):") ? line : $0 }.joined(separator: "\n")
        try write("x.yaml", text)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(root, as: "\(root)/x.yaml")
        }
        #expect(error?.kind == .configuration)
        #expect(
            line == "media: [" || error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func recordOfASplitMustBeAnnotated() throws {
        try write("Annotations.txt", Self.records.dropLast().joined(separator: "\n"))
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(root, as: "ave")
        }
        #expect(error?.operation == "read \(root)/testSet.txt")
    }

    @Test func whatIsMissingIsNamed() {
        let file = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(root, as: "ave")
        }
        #expect(file?.description == "cannot read \(root)/Annotations.txt: No such file")
        #expect(file?.kind == .missing)
        let folder = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read("/nowhere", as: "ave")
        }
        #expect(folder?.description == "cannot read data set /nowhere: No such folder")
        let name = #expect(throws: AnnotationError.self) { try DatasetCatalog.read(root, as: "av") }
        #expect(name?.description.contains("'av': it is unknown (known: ave") == true)
    }

    @Test func splitsMayBeAbsent() throws {
        try write("Annotations.txt", Self.records.joined(separator: "\n"))
        for name in ["trainSet", "valSet", "testSet"] {
            try FileManager.default.removeItem(atPath: "\(root)/\(name).txt")
        }
        let dataset = try DatasetCatalog.read(root, as: "ave")
        #expect(dataset.samples.allSatisfy { $0.split == nil })
        #expect(dataset.findings.contains { $0.kind == "missing-split" && $0.count == 3 })
    }
}
