import Foundation
import TestSupport
import Testing

@testable import Datasets

private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

@Suite(.enabled(if: annotations != nil))
struct OfficialLLPTests {
    private var root: String { (annotations ?? "") + "/LLP" }

    @Test func countsAreTheOfficialOnes() throws {
        let dataset = try DatasetCatalog.read(root, as: "llp")
        #expect(dataset.samples(in: "train").count == 10_000)
        #expect(dataset.samples(in: "val").count == 649)
        #expect(dataset.samples(in: "test").count == 1200)
        #expect(dataset.clips.count == 11_849)
        #expect(dataset.clips.allSatisfy { $0.id.utf8.count == 11 })
        #expect(dataset.samples.allSatisfy { $0.id.hasPrefix($0.clip) })
        #expect(dataset.clips.count { $0.id.hasPrefix("-") } == 151)
        #expect(dataset.vocabulary.count == 25)
        #expect(dataset.samples.map(\.labels.count).max() == 7)
        let events = dataset.samples.flatMap(\.events)
        // Rows without the ignored ones: unknown clips, bad intervals of known clips, repetitions.
        #expect(events.count { $0.modality == .audio } == 4131 - 14 - 5 - 8)
        #expect(events.count { $0.modality == .visual } == 2495 - 11)
        #expect(dataset.samples(in: "train").allSatisfy { $0.events.isEmpty })
    }

    static let defects = [
        ("decimal-time", [1, 1, 3]), ("bad-interval", [6]), ("duplicate-row", [8]),
        ("unknown-clip", [14, 11]), ("label-disagreement", [76, 51]), ("no-audio-events", [9]),
        ("no-visual-events", [191]), ("repeated-label", [1]),
    ]

    @Test func defectsAreTheKnownOnes() throws {
        let dataset = try DatasetCatalog.read(root, as: "llp")
        for (kind, counts) in Self.defects {
            let found = dataset.findings.filter { $0.kind == kind }.map(\.count)
            #expect(found.reduce(0, +) == counts.reduce(0, +), "\(kind)")
            if kind != "decimal-time" { #expect(found == counts, "\(kind)") }
        }
        #expect(Set(dataset.findings.map(\.kind)) == Set(Self.defects.map(\.0)))
        #expect(dataset.message(of: "bad-interval").contains("AVVP_eval_audio.csv:48 (CaC2xvdLC34"))
        #expect(dataset.message(of: "unknown-clip").contains("AVVP_eval_audio.csv:19 (AkAfFL5Q4QA"))
    }

    @Test func variantHasThreeMoreUnknownClips() throws {
        let folder = try TemporaryFolder()
        for name in try FileManager.default.contentsOfDirectory(atPath: root)
        where name.hasPrefix("AVVP") {
            try folder.link("data/\(name)", to: "\(root)/\(name)")
        }
        try folder.remove("data/AVVP_eval_audio.csv")
        try folder.link(
            "data/AVVP_eval_audio.csv", to: "\(root)/DG-SCT_variant/AVVP_eval_audio.csv")
        let findings = try DatasetCatalog.read(folder.path, as: "llp").findings
        #expect(findings.filter { $0.kind == "unknown-clip" }.map(\.count) == [17, 11])
    }
}
