import Foundation
import TestSupport
import Testing

@testable import Datasets

private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

/// The published files; of the training part there is none.
@Suite(.enabled(if: annotations != nil))
struct OfficialMUSICAVQATests {
    private var root: String { (annotations ?? "") + "/MUSIC-AVQA" }

    @Test(arguments: [
        ("music-avqa", 4568, 9129, 0), ("music-avqa-json", 4595, 9185, 82),
        ("music-avqa-by-video", 4571, 9125, 0),
    ])
    func editionHasTheOfficialCounts(
        edition: String, val: Int, test: Int, contradictions: Int
    ) throws {
        let dataset = try DatasetCatalog.read(root, as: edition)
        #expect(dataset.samples(in: "val").count == val)
        #expect(dataset.samples(in: "test").count == test)
        #expect(dataset.count(of: "contradictory-duplicate") == contradictions)
        #expect(dataset.count(of: "missing-split") == 1)
        #expect(Set(dataset.samples.map(\.id)).count == val + test)
        var kinds = ["missing-split", "split-overlap", "doubled-vocabulary"]
        if edition == "music-avqa-by-video" { kinds.remove(at: 1) }
        if contradictions > 0 { kinds.append("contradictory-duplicate") }
        #expect(Set(dataset.findings.map(\.kind)) == Set(kinds))
        #expect(dataset.count(of: "doubled-vocabulary") == 186)
        #expect(dataset.segments == 10 && dataset.segmentDuration == 6)
    }

    @Test func contradictionsAreCountedByFile() throws {
        let dataset = try DatasetCatalog.read(root, as: "music-avqa-json")
        let found = dataset.findings.filter { $0.kind == "contradictory-duplicate" }
        #expect(found.map(\.count) == [27, 55])
        #expect(dataset.count(of: "split-overlap") == 2296)
    }

    @Test func splitByVideoSharesNoVideo() throws {
        let dataset = try DatasetCatalog.read(root, as: "music-avqa-by-video")
        #expect(Set(dataset.samples(in: "val").map(\.clip)).count == 929)
        #expect(Set(dataset.samples(in: "test").map(\.clip)).count == 1858)
        #expect(dataset.count(of: "split-overlap") == 0)
    }

    /// Rows of the synthetic parts and of the incomplete training part, read through a manifest.
    @Test(arguments: [
        ("json/avqa-train_fake.json", 6233), ("json/avqa-val_fake.json", 897),
        ("json/avqa-test_fake.json", 1783), ("avqa-train_PARTIAL_reconstructed.json", 19430),
    ])
    func partHasTheOfficialCount(name: String, count: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "part.yaml",
            """
            name: part
            reader: MUSIC-AVQA
            media: MUSIC-AVQA-videos-{source}/{id}.mp4
            splits: {train: \(name)}
            segments: 10
            segmentDuration: 6
            expect: {train: 31927}
            """)
        let dataset = try DatasetCatalog.read(root, as: "\(folder.path)/part.yaml")
        #expect(dataset.samples.count == count)
        #expect(dataset.count(of: "unexpected-count") == count)
        #expect(dataset.count(of: "unknown-key") == (name.contains("PARTIAL") ? count : 0))
        #expect(
            dataset.clips.allSatisfy {
                $0.path.contains("-Synthetic/") == ($0.id.utf8.count > 8)
            })
    }

    @Test func vocabulariesAreThePublishedOnes() throws {
        let answers = try AnnotationFile(reading: root + "/vocab/ans_vocab.txt").lines.map(\.text)
        #expect(MUSICAVQA.answers.map { $0[...] } == answers)
        #expect(MUSICAVQA.answers.count == 42)
        let words = try AnnotationFile(reading: root + "/vocab/ques_vocab.txt").lines.map(\.text)
        #expect(words.count == 186)
        #expect(MUSICAVQA.questionWords.map { $0[...] } == Array(words[..<93]))

        struct Indices: Decodable { let ans2ix: [String: Int] }
        let data = try Data(
            contentsOf: URL(filePath: root + "/vocab/answer2idx.QA-TIGER.json"))
        #expect(
            try JSONDecoder().decode(Indices.self, from: data).ans2ix == MUSICAVQA.answerIndices)
    }

    @Test func everyQuestionIsMadeOfTheWords() throws {
        let samples = try DatasetCatalog.read(root, as: "music-avqa").samples
        var longest = 0, templates: Set<String> = [], unknown: Set<String> = []
        for sample in samples {
            let template = try #require(sample.fields["template"])
            let values = try JSONDecoder().decode(
                [String].self, from: Data(try #require(sample.fields["templ_values"]).utf8))
            let tokens = MUSICAVQA.tokens(of: template, values: values)
            unknown.formUnion(tokens.filter { !MUSICAVQA.questionWordSet.contains($0) })
            longest = max(longest, tokens.count { $0 != "<pad>" })
            templates.insert(template)
        }
        #expect(unknown.isEmpty)
        #expect(samples.allSatisfy { $0.text?.contains("<") == false })
        #expect(longest == 14)
        #expect(templates.count == 33)
        #expect(templates.filter { $0.hasSuffix(" ") }.count == 2)
        #expect(templates.filter { $0.hasSuffix("\u{FF1F}") }.count == 1)
    }

    @Test func versionTwoHasSoundOfOtherVideos() throws {
        let dataset = try DatasetCatalog.read(root, as: "music-avqa-v2")
        #expect(dataset.samples(in: "val").count == 5346)
        #expect(dataset.samples(in: "test").count == 10819)
        #expect(dataset.samples(in: "val").count { $0.audioClip != nil } == 101)
        #expect(dataset.samples(in: "test").count { $0.audioClip != nil } == 226)
        #expect(Set(dataset.findings.map(\.kind)) == ["split-overlap", "doubled-vocabulary"])
        let ids = Set(dataset.clips.map(\.id))
        #expect(ids.count == dataset.clips.count)
        #expect(ids.count == 8713)
        #expect(dataset.samples.allSatisfy { ids.contains($0.clip) })
        #expect(dataset.samples.compactMap(\.audioClip).allSatisfy { ids.contains($0) })
        #expect(dataset.samples(in: "val").contains { $0.fields["question_id"] == "47859" })
        #expect(dataset.samples.count { $0.fields["question_id"] == nil } == 1724 + 826)
        let cut = try #require(dataset.samples.first { $0.clip == "6cjIJVzP6eI_#02" })
        #expect(cut.fields["youtube_start"] == "414")
        #expect(cut.fields["youtube_duration"] == "60")
    }
}
