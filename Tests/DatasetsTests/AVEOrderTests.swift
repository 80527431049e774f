import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Splits as record numbers; the files are empty, and a closure says what is in them.
@Suite struct AVEOrderTests: ~Copyable {
    let folder: TemporaryFolder

    static let records = ["Bark&a&good&0&1", "Bark&b&good&0&1", "Cat&c&good&0&1", "Cat&d&good&0&1"]

    init() throws {
        folder = try .with([
            "data/Annotations.txt": Self.records.joined(separator: "\n"),
            "data/train_order.h5": "", "data/val_order.h5": "", "data/test_order.h5": "",
        ])
    }

    private func read(_ orders: [String: [Int]]) throws(AnnotationError) -> Dataset {
        try DatasetCatalog.read(folder.path, as: "ave") { path throws(AnnotationError) in
            let name = URL(filePath: path).lastPathComponent.prefix { $0 != "_" }
            guard let numbers = orders[String(name)] else { throw AnnotationError("read", path) }
            return numbers
        }
    }

    private func writeSplits() throws {
        try folder.write("data/trainSet.txt", Self.records[2] + "\n" + Self.records[0])
        try folder.write("data/valSet.txt", Self.records[1])
        try folder.write("data/testSet.txt", Self.records[3])
    }

    @Test func numbersDefineTheSplits() throws {
        let dataset = try read(["train": [2, 0], "val": [1], "test": [3]])
        #expect(dataset.samples.map(\.split) == ["train", "val", "train", "test"])
        #expect(dataset.count(of: "missing-split") == 0)
    }

    @Test func numbersMayConfirmTheSplits() throws {
        try writeSplits()
        let dataset = try read(["train": [2, 0], "val": [1], "test": [3]])
        #expect(dataset.samples.map(\.split) == ["train", "val", "train", "test"])
    }

    @Test(arguments: [
        ([3, 1], "its numbers are one too high for"),
        ([1, -1], "its numbers are one too low for"),
        ([0, 2], "entry 0 is 0, which is another record than line 1 of"),
        ([2], "it has 1 entries, and"), ([2, 4], "entry 1 is 4, but"),
    ])
    func disagreementIsRefused(train: [Int], reason: String) throws {
        try writeSplits()
        let error = #expect(throws: AnnotationError.self) {
            try read(["train": train, "val": [1], "test": [3]])
        }
        #expect(error?.operation == "read \(folder.path)/data/train_order.h5")
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        ([2, 4], "entry 1 is 4, but", "counted from 0; do its numbers count a header"),
        ([2, 9], "entry 1 is 9, but", "has 4 records, counted from 0"),
        ([-1], "entry 0 is -1, but", "counted from 0"),
        ([2, 2], "entry 1: record 2 is in split train already", "already"),
    ])
    func numberWithoutARecordIsRefused(train: [Int], reason: String, end: String) throws {
        let error = #expect(throws: AnnotationError.self) {
            try read(["train": train, "val": [1], "test": [3]])
        }
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
        #expect(error?.reason.contains(end) == true, "\(error?.reason ?? "")")
    }

    /// A header line is not a record, whatever the numbers were made from.
    @Test func headerDoesNotShiftTheNumbers() throws {
        let header = "Category&VideoID&Quality&StartTime&EndTime\n"
        try folder.write("data/Annotations.txt", header + Self.records.joined(separator: "\n"))
        let dataset = try read(["train": [2, 0], "val": [1], "test": [3]])
        #expect(dataset.samples.map(\.split) == ["train", "val", "train", "test"])
        #expect(throws: AnnotationError.self) {
            try read(["train": [3, 1], "val": [2], "test": [4]])
        }
    }

    @Test func filesThatNobodyReadsAreReported() throws {
        let dataset = try DatasetCatalog.read(folder.path, as: "ave")
        #expect(dataset.samples.allSatisfy { $0.split == nil })
        #expect(dataset.count(of: "unread-order") == 3)
        #expect(dataset.count(of: "missing-split") == 3)
    }

    @Test func splitsOfAnotherTaskAreRefused() throws {
        try folder.write("data/train_order_match.h5")
        try folder.write(
            "x.yaml",
            """
            name: x
            reader: AVE
            media: "{id}.mp4"
            splits: {train: trainSet.txt}
            files: {train-order: train_order_match.h5}
            segments: 10
            segmentDuration: 1
            """)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "\(folder.path)/x.yaml") {
                path throws(AnnotationError) in [0]
            }
        }
        #expect(
            error?.description
                == "cannot use train_order_match.h5 as a split: it belongs to cross-modality "
                + "localisation")
    }

    @Test func derivedTreesAreNamed() throws {
        try folder.write("video_frames/a/0001.jpg")
        try folder.write("data/AVE/wave/a.npy")
        let dataset = try read(["train": [2, 0], "val": [1], "test": [3]])
        #expect(dataset.count(of: "derived-tree") == 2)
        #expect(dataset.message(of: "derived-tree").hasPrefix("video_frames, data/AVE/wave below"))
        #expect(dataset.presets.first == "lavish-vit")
        #expect(dataset.isIncomplete)
    }
}
