import Foundation
import TestSupport
import Testing

@testable import Datasets

private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

@Suite(.enabled(if: annotations != nil))
struct OfficialVGGSoundTests {
    private func read(_ manifest: String? = nil, linking names: [String: String]) throws -> Dataset
    {
        let folder = try TemporaryFolder(), source = try #require(annotations) + "/VGGSound"
        for (name, target) in names { try folder.link(name, to: "\(source)/\(target)") }
        guard let manifest else { return try DatasetCatalog.read(folder.path, as: "vggsound") }
        try folder.write("m.yaml", manifest)
        return try DatasetCatalog.read(folder.path, as: folder.path + "/m.yaml")
    }

    private static let lists = [
        "filtered_audio_has_0_std.txt": ("SparseSync/filtered_audio_has_0_std.txt", 122),
        "less_than_9.5s.txt": (
            "Synchformer/filtered_examples_vggsound_shorter__less_than_9.5s.txt", 379
        ),
        "less_than_9s_frames_segments.txt": ("SparseSync/less_than_9s_frames_segments.txt", 149),
        "filtered_80_video_has_still_frames.txt":
            ("SparseSync/filtered_80_video_has_still_frames.txt", 11),
        "filtered_broken.txt": ("SparseSync/filtered_broken.txt", 2),
        "filtered_in_0_dists_group.txt": ("SparseSync/filtered_in_0_dists_group.txt", 43),
        "filtered_manually_found.txt": ("SparseSync/filtered_manually_found.txt", 1),
        "test_failed_manual_inspection.txt":
            (
                "Synchformer/filtered_examples_vggsound_extra__test_failed_manual_inspection.txt",
                103
            ),
    ]

    @Test func theTestSplitHasTheOfficialCounts() throws {
        var links = ["data/test.csv": "VGGSound/test.csv", "data/stat.csv": "VGGSound/stat.csv"]
        for (name, list) in Self.lists { links[name] = "defects_\(list.0)" }
        let dataset = try read(linking: links)
        #expect(dataset.samples.count == 15446)
        #expect(dataset.clips.count == 15446)
        #expect(dataset.vocabulary.count == 309)
        #expect(dataset.vocabulary.first == "air conditioning noise")
        #expect(dataset.vocabulary.last == "zebra braying")
        #expect(dataset.vocabulary.count { $0.contains(",") } == 23)
        #expect(dataset.count(of: "quoted-label") == 1150)
        #expect(dataset.count(of: "repeated-id") == 595)
        #expect(dataset.samples[0].id == "glLQrEijrKg_000300")
        // Counted with Python's csv module and regular expressions.
        for (name, list) in Self.lists {
            let finding = dataset.findings.first {
                $0.kind == "listed-clip" && $0.message.contains("/\(name),")
            }
            #expect(finding?.count == list.1, "\(name)")
        }
        #expect(
            Set(dataset.findings.map(\.kind)) == [
                "missing-split", "quoted-label", "repeated-id", "listed-clip",
            ])
    }

    @Test func otherListsOfClipsAreReadable() throws {
        func manifest(_ file: String) -> String {
            """
            name: other
            reader: VGGSound
            splits: {test: \(file)}
            files: {classes: stat.csv}
            media: "{id}.mp4"
            segments: 10
            segmentDuration: 1
            """
        }
        let subset = try read(
            manifest("AStest.csv"),
            linking: ["AStest.csv": "VGGSound/AStest.csv", "stat.csv": "VGGSound/stat.csv"])
        let train = try read(
            manifest("vggss_10k.csv"),
            linking: [
                "vggss_10k.csv": "VGGSS_ACL-SSL/vggss_10k.csv", "stat.csv": "VGGSound/stat.csv",
            ])
        let test = try read(linking: ["test.csv": "VGGSound/test.csv"])
        #expect(subset.samples.count == 6927 && train.samples.count == 10_000)
        #expect(test.vocabulary == subset.vocabulary && train.count(of: "unknown-class") == 0)
        let ids = Set(test.clips.map(\.id))
        #expect(ids.isSuperset(of: subset.clips.map(\.id)))
        #expect(ids.isDisjoint(with: train.clips.map(\.id)))
    }

    @Test(arguments: [
        ("defects_SparseSync/filtered_audio_has_0_std.txt", 1010),
        ("defects_Synchformer/filtered_examples_vggsound_shorter__less_than_9.5s.txt", 3551),
        ("defects_SparseSync/less_than_9s_frames_segments.txt", 701),
        ("defects_SparseSync/filtered_80_video_has_still_frames.txt", 70),
        ("defects_SparseSync/filtered_broken.txt", 16),
        ("defects_SparseSync/filtered_in_0_dists_group.txt", 408),
        ("defects_SparseSync/filtered_manually_found.txt", 23),
        (
            "defects_Synchformer/filtered_examples_vggsound_extra__test_failed_manual_inspection.txt",
            103
        ),
        ("defects_SparseSync/vggsound_valid.available_clips.txt", 18845),
        ("defects_SparseSync/vggsound_test.available_clips.txt", 14511),
    ])
    func everyNameInMillisecondsIsAClip(file: String, count: Int) throws {
        let path = try #require(annotations) + "/VGGSound/\(file)"
        let lines = try AnnotationFile(reading: path).lines
        #expect(lines.count == count)
        #expect(Set(lines.compactMap { VGGSoundClip(name: String($0.text)) }).count == count)
    }

    @Test func availableTestClipsAreTestClips() throws {
        let path =
            try #require(annotations)
            + "/VGGSound/defects_SparseSync/vggsound_test.available_clips.txt"
        let ids = Set(try read(linking: ["test.csv": "VGGSound/test.csv"]).clips.map(\.id))
        let available = try AnnotationFile(reading: path).lines
            .compactMap { VGGSoundClip(name: String($0.text))?.id }
        #expect(ids.isSuperset(of: available))
    }
}
