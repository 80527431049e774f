import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct DatasetSurveyTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func dataset(_ clips: [(id: String, split: String?)]) -> Dataset {
        let ids = clips.map(\.id)
        return Dataset(
            name: "x",
            samples: clips.enumerated().map {
                Sample(id: "\($0)", clip: $1.id, split: $1.split)
            }, clips: Set(ids).sorted().map { Clip(id: $0, path: "\(folder.path)/v/\($0).mp4") },
            vocabulary: [], segments: 1, segmentDuration: 1, findings: [],
            expected: ["train": 4, "val": 1])
    }

    @Test func expectedIsComparedWithFound() throws {
        for name in ["a", "b"] { try folder.write("v/\(name).mp4", "film") }
        var data = dataset([
            ("a", "train"), ("a", "train"), ("b", "train"), ("c", "test"), ("a", "test"),
            ("d", nil),
        ])
        data.isIncomplete = true
        let survey = DatasetSurvey(of: data)
        #expect(survey.splits.map(\.split) == ["train", "val", "test", nil])
        #expect(survey.splits.map(\.expectedSamples) == [4, 1, nil, nil])
        #expect(survey.splits.map(\.samples) == [3, 0, 2, 1])
        #expect(survey.splits.map(\.samplesOnDisk) == [3, 0, 1, 0])
        #expect(survey.splits.map(\.clips) == [2, 0, 2, 1])
        #expect(survey.splits.map(\.clipsOnDisk) == [2, 0, 1, 0])
        #expect(survey.splits.map(\.clipsMissing) == [0, 0, 1, 1])
        #expect(survey.total.expectedSamples == 5)
        #expect(survey.total.samples == 6)
        #expect(survey.total.clips == 4)
        #expect(survey.total.clipsMissing == 2)
        #expect(survey.isIncomplete)
        #expect(survey.notClips.isEmpty)
    }

    @Test func soundOfAnotherClipIsCounted() throws {
        try folder.write("v/a.mp4", "film")
        var data = dataset([("a", "train"), ("b", "train")])
        data = Dataset(
            name: "x", samples: [Sample(id: "0", clip: "a", split: "train", audioClip: "b")],
            clips: data.clips, vocabulary: [], segments: 1, segmentDuration: 1, findings: [])
        let row = DatasetSurvey(of: data).total
        #expect(row.clips == 2 && row.clipsOnDisk == 1)
        #expect(row.samplesOnDisk == 0)
        #expect(row.expectedSamples == nil)
    }

    /// Names that clips have or that lie among them, and what is found there.
    static let oddities = [
        ("empty.mp4", "empty"), ("page.mp4", "an HTML page saved under this name"),
        ("pointer.mp4", "a Git LFS pointer, not the file itself"), ("folder.mp4", "a folder"),
        ("pipe.mp4", "a pipe, socket or device"), ("device.mp4", "a pipe, socket or device"),
        ("nowhere.mp4", "a symbolic link that leads nowhere"),
        ("loop.mp4", "unreadable: Too many levels of symbolic links"),
        ("._a.mp4", "an AppleDouble file, which macOS leaves beside others"),
        (".DS_Store", "a file manager's own file"), ("Thumbs.db", "a file manager's own file"),
        ("a.mp4.part", "an unfinished download"), ("b.mp4.crdownload", "an unfinished download"),
        ("pipe", "a pipe, socket or device"),
    ]

    private func makeOddities() throws {
        try folder.write("v/empty.mp4")
        try folder.write("v/page.mp4", "<!DOCTYPE html><title>Quota exceeded</title>")
        try folder.write("v/pointer.mp4", "version https://git-lfs.github.com/spec/v1\n")
        try folder.write("v/folder.mp4/x.mp4", "film")
        #expect(mkfifo("\(folder.path)/v/pipe.mp4", 0o600) == 0)
        #expect(mkfifo("\(folder.path)/v/pipe", 0o600) == 0)
        try folder.link("v/device.mp4", to: "/dev/zero")
        try folder.link("v/nowhere.mp4", to: "gone.mp4")
        try folder.link("v/loop.mp4", to: "loop.mp4")
        for name in ["._a.mp4", ".DS_Store", "Thumbs.db", "a.mp4.part", "b.mp4.crdownload"] {
            try folder.write("v/\(name)", "x")
        }
    }

    @Test(arguments: [true, false])
    func whatIsNoClipIsNamed(isAnnotated: Bool) throws {
        try makeOddities()
        try folder.write("v/good.mp4", "film")
        try folder.write("v/note.txt", "x")
        try folder.link("v/linked.mp4", to: "good.mp4")
        let media = Self.oddities.map(\.0).filter { $0.hasSuffix(".mp4") && $0 != "._a.mp4" }
        let annotated = isAnnotated ? media.map { String($0.dropLast(4)) } : []
        let survey = DatasetSurvey(
            of: dataset((["good", "linked"] + annotated).map { ($0, "train") }))
        #expect(survey.total.clipsOnDisk == 2)
        #expect(survey.total.clipsMissing == annotated.count)
        var found: [String: String] = [:]
        for group in survey.notClips {
            #expect(group.count == group.examples.count)
            for path in group.examples {
                found[URL(filePath: path).lastPathComponent] = group.what
            }
        }
        #expect(found == Dictionary(uniqueKeysWithValues: Self.oddities))
        #expect(survey.extras.count == 0)
    }

    @Test func extrasAreCountedAndSomeAreNamed() throws {
        for i in 0..<30 { try folder.write("v/extra\(i + 10).mkv", "film") }
        try folder.write("v/a.mp4", "film")
        let survey = DatasetSurvey(of: dataset([("a", "train")]), examples: 3)
        #expect(survey.extras.count == 30)
        #expect(
            survey.extras.examples == (10..<13).map { "\(folder.path)/v/extra\($0).mkv" })
    }

    @Test func folderThatIsAbsentHasNoClips() {
        let survey = DatasetSurvey(of: dataset([("a", "train")]))
        #expect(survey.total.clipsMissing == 1)
    }
}
