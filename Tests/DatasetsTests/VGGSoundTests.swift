import TestSupport
import Testing

@testable import Datasets

@Suite struct VGGSoundTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read() throws -> Dataset { try DatasetCatalog.read(folder.path, as: "vggsound") }

    @Test(arguments: [
        ("---g-f_I2yQ_000001.mp4", "---g-f_I2yQ_000001"),
        ("---g-f_I2yQ_1000_11000", "---g-f_I2yQ_000001"),
        ("qxw8nbLj_0__0_10000.mp4", "qxw8nbLj_0__000000"), ("qxw8nbLj_0_0_10000", nil),
        ("-qxw8nbLj_0_0_10000", "-qxw8nbLj_0_000000"),
        ("GezRGuEPhcw_10423000_10433000", "GezRGuEPhcw_010423"),
        ("abc_1234567_000300", "abc_1234567_000300"), ("abc_1234567_1500_11500", nil),
        ("abc_1234567_0300", nil), ("abc_1234567", nil), ("abc_123456é_000300", nil),
        ("../12345678_000300", nil), ("abc_1234567_000300_", nil),
    ])
    func bothNamesDenoteOneClip(name: String, id: String?) {
        #expect(VGGSoundClip(name: name)?.id == id)
    }

    @Test func eitherNameIsFoundOnDisk() throws {
        try folder.write(
            "test.csv",
            "aaaaaaaaaaa_000300.mp4,dog\r\nbbbbbbbbbbb_000007.mp4,\"cat, purring\"\r\n"
                + "ccccccccccc_000000.mp4,dog")
        try folder.write("video/aaaaaaaaaaa_300000_310000.mp4")
        try folder.write("test/bbbbbbbbbbb_000007.webm")
        let dataset = try read()
        #expect(
            dataset.clips.map(\.path).map { $0.dropFirst(folder.path.count) } == [
                "/video/aaaaaaaaaaa_300000_310000.mp4", "/test/bbbbbbbbbbb_000007.webm",
                "/video/ccccccccccc_000000.mp4",
            ])
        #expect(dataset.samples.map(\.labels) == [["dog"], ["cat, purring"], ["dog"]])
        #expect(dataset.samples.allSatisfy { $0.split == "test" })
        #expect(dataset.vocabulary == ["cat, purring", "dog"])
        #expect(dataset.count(of: "quoted-label") == 1)
        #expect(dataset.message(of: "quoted-label").contains("test.csv:2 ('cat, purring')"))
        #expect(dataset.count(of: "unexpected-classes") == 1)
        #expect(dataset.message(of: "missing-split").contains("train.csv"))
        #expect(dataset.expected == ["train": 183_730, "test": 15446])
    }

    @Test func theFullTableCountsBeforeTheOthers() throws {
        try folder.write(
            "data/vggsound.csv",
            "aaaaaaaaaaa,30,dog,train\naaaaaaaaaaa,40,Dog,test\naaaaaaaaaaa,50,dog,test\n")
        try folder.write("test.csv", "bbbbbbbbbbb_000007.mp4,cat")
        try folder.write("stat.csv", "dog,2,animals\r\ncat,1,animals")
        let dataset = try read()
        #expect(
            dataset.samples.map(\.id) == [
                "aaaaaaaaaaa_000030", "aaaaaaaaaaa_000040", "aaaaaaaaaaa_000050",
            ])
        #expect(dataset.samples.map(\.split) == ["train", "test", "test"])
        #expect(dataset.vocabulary == ["cat", "dog", "Dog"])
        #expect(dataset.count(of: "unknown-class") == 1)
        #expect(dataset.count(of: "repeated-id") == 1)
        #expect(dataset.expected == ["train": 183_971, "test": 15496])
    }

    @Test func listsMarkSamplesAndDropNone() throws {
        try folder.write(
            "test.csv",
            "aaaaaaaaaaa_000300.mp4,a\nbbbbbbbbbbb_000007.mp4,b\nbbbbbbbbbbb_000007.mp4,c")
        try folder.write("filtered_broken.txt", "bbbbbbbbbbb_7000_17000.mp4\nwhat\n")
        try folder.write("filtered_audio_has_0_std.txt", "bbbbbbbbbbb_7000_17000\n")
        let dataset = try read()
        #expect(
            dataset.samples.map(\.fields) == [
                [:], ["listed": "broken,silent"], ["listed": "broken,silent"],
            ])
        #expect(dataset.samples.map(\.id).last == "bbbbbbbbbbb_000007#2")
        #expect(dataset.clips.count == 2)
        #expect(dataset.findings.filter { $0.kind == "listed-clip" }.map(\.count) == [2, 2])
        #expect(dataset.message(of: "unreadable-name").contains("filtered_broken.txt:2 ('what')"))
        #expect(dataset.message(of: "duplicate-record").contains("test.csv:3"))
    }

    @Test(arguments: [
        ("test.csv", "x.mp4,dog", "line 1: 'x.mp4' is not <YouTube id>_<start>"),
        ("test.csv", "aaaaaaaaaaa_000300.mp4,a\naaaaaaaaaaa_000310.mp4,b, c", "line 2: 3 fields"),
        ("vggsound.csv", "aaaaaaaaaaa,x,dog,test", "line 1: 'aaaaaaaaaaa', 'x' are not"),
        ("vggsound.csv", "aaaaaaaaaaa,1,dog", "line 1: 3 fields"),
    ])
    func unreadableRowIsNamed(name: String, text: String, reason: String) throws {
        try folder.write(name, text)
        let error = #expect(throws: AnnotationError.self) { try read() }
        #expect(
            error?.description.hasPrefix("cannot read \(folder.path)/\(name): \(reason)") == true)
    }

    @Test func aFolderWithoutTablesIsMissing() throws {
        let error = #expect(throws: AnnotationError.self) { try read() }
        #expect(error?.kind == .missing)
        #expect(error?.reason == "none of vggsound.csv, train.csv, test.csv is there")
    }

    /// Takes a few seconds, as folders are listed once and not for each clip.
    @Test(.timeLimit(.minutes(5)))
    func aTableOfTheFullSizeIsRead() throws {
        let rows = (100_000..<300_000).map { "abcde\($0),\($0 % 500),label \($0 % 309),train\n" }
        try folder.write("vggsound.csv", rows.joined())
        try folder.write("video/abcde100000_000000.webm")
        let dataset = try read()
        #expect(dataset.clips.count == 200_000)
        #expect(dataset.vocabulary.count == 309)
        #expect(dataset.clips[0].path.hasSuffix("/video/abcde100000_000000.webm"))
    }
}
