import Foundation
import TestSupport
import Testing

@testable import Datasets

private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]

/// MSR-VTT, VALOR-32K, MELD and MUStARD as published; the folders are laid out like roots.
@Suite(.enabled(if: annotations != nil))
struct OfficialVideoTextTests {
    private func read(_ folder: String, as name: String) throws -> Dataset {
        try DatasetCatalog.read(try #require(annotations) + "/" + folder, as: name)
    }

    @Test(arguments: [
        ("msr-vtt", ["train": 6513, "val": 497, "test": 2990], 10_000),
        ("msr-vtt-1ka", ["train": 9000, "test": 1000], 10_000),
        ("msr-vtt-7k", ["train": 7010, "test": 1000], 8010),
        ("msr-vtt-miech", ["train": 6656, "test": 1000], 7656),
    ])
    func msrvttHasTheOfficialSplits(name: String, counts: [String: Int], clips: Int) throws {
        let dataset = try read("MSR-VTT", as: name)
        for (split, count) in counts { #expect(dataset.samples(in: split).count == count) }
        #expect(dataset.samples.count == counts.values.reduce(0, +))
        #expect(dataset.clips.count == clips)
        #expect(dataset.expected == counts)
        #expect(dataset.findings.isEmpty)
    }

    @Test func msrvttSplitsAreMadeOfEachOther() throws {
        let full = try read("MSR-VTT", as: "msr-vtt"), seven = try read("MSR-VTT", as: "msr-vtt-7k")
        let jsfusion = try read("MSR-VTT", as: "msr-vtt-1ka")
        #expect(
            Set(seven.samples(in: "train").map(\.clip))
                == Set((full.samples(in: "train") + full.samples(in: "val")).map(\.clip)))
        #expect(Set(full.clips.map(\.id)) == Set((0..<10_000).map { "video\($0)" }))
        #expect(Set(jsfusion.clips.map(\.id)) == Set(full.clips.map(\.id)))
        let first = try #require(jsfusion.samples(in: "test").first)
        #expect(first.id == "ret0" && first.clip == "video9770")
        #expect(first.text == "a person is connecting something to system")
        let list =
            try #require(annotations) + "/MSR-VTT/collaborative-experts/val_list_jsfusion.txt"
        let ids = try MSRVTT.List(reading: list).entries.map(\.video)
        #expect(ids.count == 1000)
        #expect(Set(ids) == Set(jsfusion.samples(in: "test").map(\.clip)))
    }

    @Test func msrvttQuestionsHaveTheOfficialCounts() throws {
        let dataset = try read("MSR-VTT", as: "msr-vtt-qa")
        #expect(dataset.samples.count == 12278)
        #expect(dataset.clips.count == 497)
        #expect(dataset.vocabulary.count == 1500)
        #expect(dataset.vocabulary.first == "accept" && dataset.vocabulary.last == "zoom")
        #expect(dataset.count(of: "unknown-answer") == 859)
        #expect(dataset.message(of: "unknown-answer").contains("msrvtt_qa_val.jsonl:25 ('lip')"))
        #expect(dataset.findings.map(\.kind) == ["missing-split", "unknown-answer"])
        #expect(dataset.samples.count { $0.fields["answer_type"] == "who" } == 3439)
    }

    @Test(arguments: [
        ("val", 7569, 2954, 14, 393, 38, 3), ("test", 9063, 3480, 35, 486, 43, 6),
    ])
    func valorQuestionsHaveTheOfficialCounts(
        split: String, rows: Int, videos: Int, broken: Int, empty: Int, short: Int, fractional: Int
    ) throws {
        let dataset = try read("VALOR", as: "valor-32k-avqa")
        let samples = dataset.samples(in: split)
        #expect(samples.count == rows)
        #expect(Set(samples.map(\.clip)).count == videos)
        #expect(samples.count { $0.fields["correct_mcq"] == nil } == broken)
        #expect(samples.count { $0.fields["caption"] == nil } == empty)
        #expect(samples.allSatisfy { $0.answer?.isEmpty == false && $0.text?.isEmpty == false })
        let expected = [
            "broken-choice": broken, "empty-caption": empty, "short": short,
            "fractional-start": fractional,
        ]
        for (kind, count) in expected {
            let finding = dataset.findings.first {
                $0.kind == kind && $0.message.contains("processed_\(split)_data.csv:")
            }
            #expect(finding?.count == count, "\(kind)")
        }
        #expect(
            dataset.findings.map(\.kind).filter { expected[$0] == nil } == ["missing-split"])
    }

    @Test func valorClipsKeepTheTextOfTheirTimes() throws {
        let dataset = try read("VALOR", as: "valor-32k-avqa")
        #expect(dataset.clips.contains { $0.id.hasSuffix("_7.800_17.800") })
        #expect(dataset.clips.contains { $0.id.hasSuffix("_36.200_46.200") })
        let first = try #require(dataset.samples.first)
        #expect(first.clip == "MfCOvU5nfbQ_580.000_590.000")
        #expect(first.answer == "Scratching the dirt on the black plane")
        #expect(dataset.clips[0].path.hasSuffix("/MfCOvU5nfbQ_580.000_590.000.mp4"))
    }

    @Test func meldHasTheOfficialCounts() throws {
        let dataset = try read("MELD", as: "meld")
        #expect(dataset.samples(in: "train").count == 9989)
        #expect(dataset.samples(in: "val").count == 1109)
        #expect(dataset.samples(in: "test").count == 2610)
        #expect(dataset.clips.count == 13708)
        #expect(dataset.vocabulary.count == 7)
        // Counted with Python's csv module.
        let counts = dataset.vocabulary.map { label in
            dataset.samples.count { $0.labels == [label] }
        }
        #expect(counts == [6436, 2308, 1636, 1607, 1002, 361, 358])
        #expect(dataset.count(of: "typographic-text") == 3805)
        let findings = dataset.findings.filter { $0.kind != "typographic-text" }
        func tally(_ kind: String) -> [Int] { findings.filter { $0.kind == kind }.map(\.count) }
        #expect(tally("short") == [8, 2, 1])
        #expect(tally("too-long") == [1, 2])
        #expect(tally("odd-time") == [1, 2])
        #expect(findings.count == 7)
        #expect(findings.contains { $0.message.contains("(dia309_utt0:") })
        #expect(findings.contains { $0.message.contains("(dia155_utt3: ") && $0.kind == "short" })
    }

    @Test func mustardHasTheOfficialCounts() throws {
        let dataset = try read("MUStARD", as: "mustard")
        #expect(dataset.samples.count == 690)
        #expect(dataset.clips.count == 1380)
        #expect(dataset.samples.count { $0.labels == ["sarcastic"] } == 345)
        let shows = Dictionary(grouping: dataset.samples) { $0.fields["show"] ?? "" }
        #expect(
            shows.mapValues(\.count)
                == ["FRIENDS": 356, "BBT": 280, "GOLDENGIRLS": 40, "SARCASMOHOLICS": 14])
        for fold in 0..<5 {
            let samples = dataset.samples.filter { $0.fields["fold"] == "\(fold)" }
            #expect(samples.count == 138)
            #expect(samples.count { $0.labels == ["sarcastic"] } == 69)
        }
        #expect(dataset.findings.map(\.kind) == ["no-split"])
        let sample = try #require(dataset.samples.first { $0.id == "1_60" })
        #expect(sample.text == "It's just a privilege to watch your mind at work.")
        #expect(sample.fields["context_speakers"] == #"["LEONARD","SHELDON"]"#)
    }
}
