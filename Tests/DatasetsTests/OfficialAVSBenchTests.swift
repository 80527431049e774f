import Foundation
import TestSupport
import Testing

@testable import Datasets

private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

@Suite(.enabled(if: annotations != nil))
struct OfficialAVSBenchTests: ~Copyable {
    private let folder: TemporaryFolder
    private var root: String { (annotations ?? "") + "/AVSBench" }

    init() throws { folder = try Self.makeFolder() }

    private static func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.link(
            "AVSBench-semantic/metadata.csv",
            to: (annotations ?? "") + "/AVSBench/GAVS_v3/metadata.csv")
        return folder
    }

    @Test func semanticCountsAreTheOfficialOnes() throws {
        let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-semantic")
        #expect(dataset.samples.count == 11_356)
        #expect(dataset.clips.count == 11_356)
        var counts: [String: [String: Int]] = [:], classes: [String: Set<String>] = [:]
        var masks: [String: [String: Set<Int>]] = [:]
        for sample in dataset.samples {
            let subset = try #require(sample.fields["subset"]), split = try #require(sample.split)
            counts[subset, default: [:]][split, default: 0] += 1
            classes[subset, default: []].formUnion(sample.labels)
            masks[subset, default: [:]][split, default: []].insert(sample.masks.count)
        }
        #expect(counts == AVSBenchSemantic.counts)
        #expect(classes.mapValues(\.count) == ["v1s": 23, "v1m": 22, "v2": 70])
        #expect(masks["v1s"] == ["train": [1], "val": [5], "test": [5]])
        #expect(masks["v1m"] == ["train": [5], "val": [5], "test": [5]])
        #expect(masks["v2"] == ["train": [10], "val": [10], "test": [10]])
        #expect(dataset.vocabulary.count == 72)
        #expect(
            dataset.samples.first { $0.id == "puugfzdXYz4_120000_130000" }?.fields["start"]
                == "120")
    }

    @Test func semanticDefectsAreTheKnownOnes() throws {
        let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-semantic")
        #expect(dataset.count(of: "label-spelling") == 1)
        #expect(dataset.message(of: "label-spelling").contains("zVfLHhs9uv8_3000_8000"))
        let overlaps = dataset.findings.filter { $0.kind == "subset-overlap" }
        #expect(overlaps.first { $0.message.contains("in v1s and v2") }?.count == 22)
        #expect(
            Set(dataset.findings.map(\.kind)) == [
                "missing-vocabulary", "label-spelling", "split-overlap", "subset-overlap",
            ])
    }

    /// The official tables are not public, so the shared lists of frames name the clips.
    @Test(arguments: [("s4", 3700, 740), ("ms3", 320, 64)])
    func frameListsAreRead(subset: String, frames: Int, clips: Int) throws {
        let list = "avs1_\(subset)_test.csv"
        try folder.link(list, to: "\(root)/ACL-SSL/\(list)")
        let names = try AnnotationFile(reading: "\(folder.path)/\(list)").lines.map {
            $0.text.prefix { $0 != "," }.split(separator: "_").dropLast().count > 0
                ? $0.text[..<($0.text.prefix { $0 != "," }.lastIndex(of: "_") ?? $0.text.endIndex)]
                : ""
        }
        #expect(names.count == frames)
        let rows = Set(names).sorted().map {
            subset == "s4" ? "\($0),0,helicopter,test" : "\($0),test"
        }
        let table =
            subset == "s4" ? "Single-source/s4_meta_data.csv" : "Multi-sources/ms3_meta_data.csv"
        try folder.write(table, rows.joined(separator: "\n"))
        let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-\(subset)")
        #expect(dataset.samples.count == clips)
        #expect(dataset.samples.allSatisfy { $0.fields["frames"] == "1 2 3 4 5" })
        #expect(dataset.samples.allSatisfy { $0.fields["frame_objects"]?.contains("\"") == false })
        #expect(dataset.count(of: "unknown-clip") == 0)
    }
}
