import Foundation
import Testing

@testable import Datasets

/// The folder above `AVE`, where a machine has the published files.
private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

@Suite(.enabled(if: annotations != nil))
struct OfficialAVETests {
    /// An edition of the annotations, with the only published split files beside it.
    private func read(_ edition: String) throws -> Dataset {
        let files = FileManager.default
        let root = files.temporaryDirectory.appending(path: "ave-\(UUID())").path()
        try files.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: root) }
        let folder = try #require(annotations) + "/AVE"
        try files.copyItem(
            atPath: "\(folder)/\(edition)/Annotations.txt", toPath: root + "/Annotations.txt")
        for split in ["trainSet", "valSet", "testSet"] {
            try files.copyItem(
                atPath: "\(folder)/DG-SCT/\(split).txt", toPath: "\(root)/\(split).txt")
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
        let path = try #require(annotations) + "/AVE/DG-SCT/categories.txt"
        let published = try String(contentsOfFile: path, encoding: .utf8)
        #expect(
            try read("LAVISH").vocabulary
                == published.split(whereSeparator: \.isNewline).map(String.init))
    }
}
