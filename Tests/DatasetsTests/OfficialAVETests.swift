import Foundation
import Testing

@testable import Datasets

/// The published files, where a machine has them: `AVPREP_ANNOTATIONS` is the folder above `AVE`.
@Suite(.enabled(if: OfficialAVETests.annotations != nil))
struct OfficialAVETests {
    static let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

    /// An edition of the annotations, with the only published split files beside it.
    private func read(_ edition: String) throws -> Dataset {
        let files = FileManager.default
        let root = files.temporaryDirectory.appending(path: "ave-\(UUID())").path()
        try files.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: root) }
        let folder = try #require(Self.annotations) + "/AVE"
        try files.copyItem(atPath: "\(folder)/\(edition)/Annotations.txt", toPath: root + "/Annotations.txt")
        for split in ["trainSet", "valSet", "testSet"] {
            try files.copyItem(atPath: "\(folder)/DG-SCT/\(split).txt", toPath: "\(root)/\(split).txt")
        }
        return try DatasetCatalog.read(root, as: "ave")
    }

    @Test(arguments: ["AVE-ECCV18", "LAVISH", "DG-SCT", "L-YeZhu"])
    func everyEditionHasTheOfficialCounts(edition: String) throws {
        let dataset = try read(edition)
        #expect(dataset.samples.count == 4143)
        #expect(dataset.clips.count == 4097)
        #expect(dataset.vocabulary.count == 28)
        #expect(dataset.samples.count { $0.split == "train" } == 3339)
        #expect(dataset.samples.count { $0.split == "val" } == 402)
        #expect(dataset.samples.count { $0.split == "test" } == 402)
        #expect(dataset.findings.map(\.kind) == ["empty-event", "split-overlap"])
        #expect(dataset.findings.map(\.count) == [1, 18])
        #expect(dataset.samples[40].clip == "c---zaDCTaE")
    }

    @Test func editionsAgree() throws {
        let samples = try read("DG-SCT").samples
        for edition in ["AVE-ECCV18", "LAVISH", "L-YeZhu"] {
            #expect(try read(edition).samples == samples)
        }
    }

    @Test func classesAreInThePublishedOrder() throws {
        let path = try #require(Self.annotations) + "/AVE/DG-SCT/categories.txt"
        let published = try String(contentsOfFile: path, encoding: .utf8)
        let vocabulary = try read("LAVISH").vocabulary
        for (line, name) in zip(published.split(whereSeparator: \.isNewline), vocabulary) {
            #expect(line.contains(name))
        }
    }
}
