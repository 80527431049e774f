import TestSupport
import Testing

@testable import Datasets

@Suite struct MUStARDTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func entry(_ id: String, sarcasm: Bool, show: String = "BBT", speakers: Int = 2)
        -> String
    {
        let names = (0..<speakers).map { "\"S\($0)\"" }.joined(separator: ", ")
        return """
            "\(id)": {"utterance": "u \(id)", "speaker": "S", "context": ["a/b", "c \\"d\\""],
            "context_speakers": [\(names)], "show": "\(show)", "sarcasm": \(sarcasm)}
            """
    }

    private func read(_ entries: [String], as name: String = "mustard") throws -> Dataset {
        try folder.write("data/sarcasm_data.json", "{" + entries.joined(separator: ",") + "}")
        return try DatasetCatalog.read(folder.path, as: name)
    }

    @Test func utterancesHaveTheirContext() throws {
        let dataset = try read([
            entry("2_1", sarcasm: true), entry("1_60", sarcasm: false, speakers: 1),
        ])
        #expect(dataset.samples.map(\.id) == ["1_60", "2_1"])
        #expect(dataset.samples.map(\.labels) == [["not sarcastic"], ["sarcastic"]])
        #expect(dataset.vocabulary == ["not sarcastic", "sarcastic"])
        #expect(dataset.samples[0].text == "u 1_60")
        #expect(dataset.samples[0].fields["context"] == #"["a/b","c \"d\""]"#)
        #expect(dataset.samples[0].fields["context_clip"] == "1_60_c")
        #expect(dataset.clips.map(\.id) == ["1_60", "1_60_c", "2_1", "2_1_c"])
        #expect(dataset.clips[0].path == "\(folder.path)/utterances_final/1_60.mp4")
        #expect(dataset.clips[1].path == "\(folder.path)/context_final/1_60_c.mp4")
        #expect(dataset.samples.allSatisfy { $0.split == nil })
        #expect(dataset.count(of: "context-mismatch") == 1)
        #expect(dataset.message(of: "context-mismatch").contains("'1_60'"))
        #expect(dataset.message(of: "unexpected-count").contains("690"))
    }

    @Test func foldsAreStratified() throws {
        let entries = (0..<103).map {
            entry("\($0)", sarcasm: $0 % 3 == 0, show: $0 % 2 == 0 ? "BBT" : "FRIENDS")
        }
        let samples = try read(entries).samples
        for strata in [
            { (sample: Sample) in sample.labels[0] },
            { (sample: Sample) in sample.labels[0] + (sample.fields["show"] ?? "") },
            { (_: Sample) in "" },
        ] {
            for (_, group) in Dictionary(grouping: samples, by: strata) {
                let sizes = (0..<5).map { fold in group.count { $0.fields["fold"] == "\(fold)" } }
                #expect(sizes.reduce(0, +) == group.count)
                #expect(sizes.max()! - sizes.min()! <= 1)
            }
        }
        #expect(try read(entries.reversed()).samples == samples)
    }

    @Test func withoutItsPatternThereIsNoContextClip() throws {
        try folder.write(
            "m.yaml",
            "name: m\nreader: MUStARD\nmedia: \"{id}.mp4\"\nsegments: 1\nsegmentDuration: 1\n")
        let dataset = try read([entry("1", sarcasm: true)], as: folder.path + "/m.yaml")
        #expect(dataset.clips.map(\.id) == ["1"])
        #expect(dataset.samples[0].fields["context_clip"] == nil)
    }

    @Test func unreadableEntriesAreNamed() throws {
        let error = #expect(throws: AnnotationError.self) {
            try read([#""1": {"utterance": "u"}"#])
        }
        #expect(error?.reason == "'1' has no key 'speaker'")
        #expect(throws: AnnotationError.self) { try read([entry("../1", sarcasm: true)]) }
        #expect(throws: AnnotationError.self) { try read([]) }
        let syntax = #expect(throws: AnnotationError.self) { try read(["what"]) }
        #expect(syntax?.reason.hasPrefix("it is not JSON: ") == true)
    }
}
