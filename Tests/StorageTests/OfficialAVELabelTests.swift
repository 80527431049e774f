import Datasets
import Foundation
import TestSupport
import Testing

@testable import Storage

/// The folder above `AVE`, where a machine has the published files.
private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

/// The authors' own label and order files against what the annotations say.
@Suite(.enabled(if: annotations != nil))
struct OfficialAVELabelTests {
    private var published: String { (annotations ?? "") + "/AVE" }

    /// Reads an edition of the annotations with the order files, and with split files or without.
    private func read(_ edition: String, hasSplitFiles: Bool) throws -> Dataset {
        let folder = try TemporaryFolder()
        func link(_ name: String, from source: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/\(name)",
                withDestinationPath: "\(published)/\(source)/\(name)")
        }
        try link("Annotations.txt", from: edition)
        for split in ["train", "val", "test"] {
            try link("\(split)_order.h5", from: "AVE-ECCV18")
            try link("\(split)_order_match.h5", from: "AVE-ECCV18")
            if hasSplitFiles { try link("\(split)Set.txt", from: "DG-SCT") }
        }
        return try DatasetCatalog.read(folder.path, as: "ave", indices: RecordNumbers.read)
    }

    @Test(arguments: ["AVE-ECCV18", "LAVISH", "DG-SCT", "L-YeZhu"])
    func ordersGiveTheSplitsOfTheFiles(edition: String) throws {
        let listed = try read(edition, hasSplitFiles: true)
        let numbered = try read(edition, hasSplitFiles: false)
        #expect(listed.samples == numbered.samples)
        #expect(numbered.samples.count { $0.split == "train" } == 3339)
        #expect(numbered.findings.map(\.kind) == ["empty-event", "split-overlap"])
    }

    @Test func ordersBeginAsPublished() throws {
        for (split, first) in [
            ("train", [40, 30, 69, 91, 90, 120, 133, 159]), ("val", [139, 121, 137, 167, 56]),
            ("test", [131, 171, 73, 93, 148]),
        ] {
            let numbers = try RecordNumbers.read("\(published)/AVE-ECCV18/\(split)_order.h5")
            #expect(numbers.prefix(first.count) == first[...])
        }
    }

    /// Floats of a published file, without the library, at the place that it gives out.
    private func floats(_ name: String) throws -> (shape: [Int], values: [Float]) {
        let path = "\(published)/AVE-ECCV18/\(name)"
        let file = try HDF5View(path), extent = file.dataset("avadataset")
        let data = try Data(contentsOf: URL(filePath: path)).dropFirst(extent.offset)
        let count = extent.shape.reduce(1, *)
        let values = data.prefix(count * 4).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(extent.elementSize == 4)
        return (extent.shape, values)
    }

    @Test func eventsGiveThePublishedLabels() throws {
        let dataset = try read("DG-SCT", hasSplitFiles: true)
        var inside: [Float] = [], classes: [Float] = []
        for sample in dataset.samples {
            let event = try #require(sample.events.first)
            inside += (0..<10).map { event.start <= Double($0) && Double($0) < event.end ? 1 : 0 }
            let index = try #require(dataset.vocabulary.firstIndex(of: event.name))
            classes += (0..<29).map { $0 == index ? 1 : 0 }
        }
        let closs = try floats("labels_closs.h5")
        #expect(closs.shape == [4143, 10])
        #expect(closs.values == inside)
        let mil = try floats("mil_labels.h5")
        #expect(mil.shape == [4143, 29])
        #expect(mil.values == classes)
        #expect(inside[260..<270].allSatisfy { $0 == 0 })
        #expect(inside.reduce(0, +) == 34_352)
    }
}
