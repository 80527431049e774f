import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct MUSICAVQATests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A row; a value of nil leaves a key out.
    static func row(_ changes: [String: String?] = [:]) -> String {
        var values = [
            "video_id": #""00000028""#, "question_id": "7",
            "type": #""[\"Audio-Visual\", \"Existential\"]""#,
            "question_content": #""Is the <Object> in the video always playing?""#,
            "templ_values": #""[\"ukulele\"]""#, "question_deleted": "0", "anser": #""yes""#,
        ]
        for (key, value) in changes { values[key] = value }
        return "{"
            + values.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }
            .joined(separator: ", ") + "}"
    }

    private func read(
        val rows: [String], as name: String = "music-avqa"
    ) throws -> Dataset {
        try folder.write("json_update/avqa-val.json", "[" + rows.joined(separator: ",\n") + "]")
        return try DatasetCatalog.read(folder.path, as: name)
    }

    @Test func questionIsFilledAndTold() throws {
        let dataset = try read(val: [Self.row()])
        let sample = dataset.samples[0]
        #expect(sample.id == "val:0")
        #expect(sample.text == "Is the ukulele in the video always playing?")
        #expect(sample.answer == "yes")
        #expect(
            sample.fields == [
                "question_id": "7", "modality": "Audio-Visual", "question_type": "Existential",
                "template": "Is the <Object> in the video always playing?",
                "templ_values": #"["ukulele"]"#,
            ])
        #expect(dataset.count(of: "missing-split") == 2)
        #expect(dataset.vocabulary[dataset.vocabulary.count - 1] == "suona")
    }

    @Test(
        arguments: [
            ([:], "7"), (["question_id": "7.0"], "7"), (["question_id": "null"], nil),
            (["question_id": nil], nil), (["question_deleted": "null"], "7"),
            (["question_deleted": nil], "7"), (["templ_values": #"["ukulele"]"#], "7"),
            (["question_deleted": "0.0", "person": "null"], "7"),
        ] as [([String: String?], String?)])
    func versionTwoMayWriteItOtherwise(changes: [String: String?], id: String?) throws {
        let dataset = try read(val: [Self.row(changes)])
        #expect(dataset.samples[0].fields["question_id"] == id)
        #expect(dataset.samples[0].text == "Is the ukulele in the video always playing?")
        #expect(dataset.findings.map(\.kind) == ["missing-split", "unexpected-count"])
    }

    @Test func soundOfAnotherVideoIsAClipToo() throws {
        let dataset = try read(val: [
            Self.row(["unmatch_audio": #""sa00006547""#, "person": #""True""#]), Self.row(),
        ])
        #expect(dataset.samples.map(\.audioClip) == ["sa00006547", nil])
        #expect(dataset.samples[0].fields["person"] == "True")
        #expect(dataset.clips.map(\.id) == ["00000028", "sa00006547"])
        #expect(
            dataset.clips.map(\.path) == [
                "\(folder.path)/MUSIC-AVQA-videos-Real/00000028.mp4",
                "\(folder.path)/MUSIC-AVQA-videos-Synthetic/sa00006547.mp4",
            ])
    }

    @Test func mergedFolderIsFound() throws {
        try folder.write("data/video/00000028.mp4", "x")
        #expect(
            try read(val: [Self.row()]).clips[0].path == "\(folder.path)/data/video/00000028.mp4")
        // A clip that is nowhere is expected beside the others.
        let other = try read(val: [Self.row(["video_id": #""00000029""#])])
        #expect(other.clips[0].path == "\(folder.path)/data/video/00000029.mp4")
    }

    @Test func defectsAreReported() throws {
        let dataset = try read(val: [
            Self.row(), Self.row(["anser": #""no""#]), Self.row(["question_id": "8"]),
            Self.row(["question_id": "8"]), Self.row(["question_id": "9"]),
            Self.row(["question_id": "9", "video_id": #""00000030""#]),
            Self.row(["question_id": "10", "anser": #""maybe""#]),
            Self.row(["question_id": "11", "templ_values": "[]"]),
            Self.row(["question_id": "12", "question_deleted": "1"]),
            Self.row(["question_id": "13", "_src": "1"]),
            Self.row(["question_id": "14", "type": #"["Audio", "Smell"]"#]),
        ])
        let expected = [
            ("contradictory-duplicate", "row 1 and 0 (question_id 7)"),
            ("duplicate-row", "row 3 and 2"), ("repeated-question-id", "row 5 and 4"),
            ("unknown-answer", "row 6 (maybe)"), ("template-mismatch", "row 7"),
            ("unknown-word", "row 7 (<Object>)"), ("deleted-question", "row 8"),
            ("unknown-key", "row 9 (_src)"), ("unknown-type", "row 10 (Audio, Smell)"),
        ]
        for (kind, place) in expected {
            #expect(dataset.count(of: kind) == 1, "\(kind)")
            #expect(
                dataset.message(of: kind).contains("json_update/avqa-val.json: \(place)"),
                "\(dataset.message(of: kind))")
        }
        #expect(dataset.samples.count == 11)
    }

    @Test func orderOfAnswersIsCheckedWhereTrainIsComplete() throws {
        try folder.write("train.json", "[" + Self.row() + "]")
        try folder.write(
            "x.yaml",
            """
            name: x
            reader: MUSIC-AVQA
            media: "{id}.mp4"
            splits: {train: train.json}
            segments: 10
            segmentDuration: 6
            expect: {train: 1}
            """)
        let dataset = try DatasetCatalog.read(folder.path, as: "\(folder.path)/x.yaml")
        #expect(dataset.findings.map(\.kind) == ["answer-order"])
    }

    @Test(arguments: [
        (#"[{"video_id": "a"}]"#, "row 0: key 'type' is missing"),
        ("[1]", "row 0: it is not an object"), ("{}", "it is not a JSON array"),
        ("", "it is not JSON"), ("[{]", "it is not JSON"), ("[]", "it has no rows"),
        ("[" + row(["video_id": "7"]) + "]", "row 0: key 'video_id' is not a text"),
        ("[" + row() + "," + row(["anser": nil]) + "]", "row 1: key 'anser' is missing"),
        ("[" + row(["type": #""x""#]) + "]", "row 0: key 'type' is not a list of texts"),
        ("[" + row(["type": #"["Audio"]"#]) + "]", "row 0: key 'type' has 1 entries"),
        ("[" + row(["templ_values": "[1]"]) + "]", "row 0: key 'templ_values' is not a list"),
        ("[" + row(["question_id": "[1]"]) + "]", "row 0: key 'question_id' is neither"),
        ("[" + row(["video_id": #""../a""#]) + "]", "row 0: video_id '../a' cannot be a file's"),
        ("[" + row(["unmatch_audio": #""""#]) + "]", "row 0: unmatch_audio '' cannot be"),
    ])
    func unreadableRowIsNamed(text: String, reason: String) throws {
        try folder.write("data/json_update/avqa-test.json", text)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "music-avqa")
        }
        let path = "\(folder.path)/data/json_update/avqa-test.json"
        #expect(
            error?.description.hasPrefix("cannot read \(path): \(reason)") == true,
            "\(error.map { "\($0)" } ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func filesThatAreAllAbsentAreNamed() throws {
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "music-avqa-json")
        }
        #expect(error?.kind == .missing)
        #expect(error?.reason.contains("no json/avqa-train.json, json/avqa-val.json") == true)
    }

    /// Values of the reference tokeniser, by hand.
    @Test(
        arguments: [
            (
                "How many sounding <Object> in the video\u{FF1F}", ["erhu"],
                "How many sounding erhu in the video"
            ),
            (
                "Are there <Object> and <Object> sound? ", ["drum", "suona"],
                "Are there drum and suona sound"
            ),
            (
                "Which <Object> makes the sound <FL>?", ["cello", "last"],
                "Which cello makes the sound last"
            ),
            ("Where is the performance?", [], "Where is the performance"),
        ] as [(String, [String], String)])
    func questionIsCutIntoWords(template: String, values: [String], words: String) {
        let tokens = MUSICAVQA.tokens(of: template, values: values)
        #expect(tokens.count == 14)
        #expect(tokens.filter { $0 != "<pad>" }.joined(separator: " ") == words)
        #expect(tokens.last == "<pad>")
        #expect(MUSICAVQA.fill(template, values).dropLast() == words)
    }

    @Test func additionalVideosAreKnown() throws {
        try folder.write(
            "music_avqa_v2/balance_valid.json",
            "["
                + ["ciAuN83h20Y_#02_flip", "ciAuN83h20Y", "00000028"].map {
                    Self.row(["video_id": "\"\($0)\"", "question_id": nil])
                }.joined(separator: ",") + "]")
        try folder.write(
            "music_avqa_v2/MUSIC-AVQA-v2.0_additional_videos.csv",
            "\u{FEFF}video_id,start_time,duration,suffix,has_flip\r\nciAuN83h20Y,1:05,0:54,_#02,Y")
        let dataset = try DatasetCatalog.read(folder.path, as: "music-avqa-v2")
        #expect(dataset.samples[0].fields["youtube_start"] == "65")
        #expect(dataset.samples[0].fields["youtube_duration"] == "54")
        #expect(dataset.count(of: "unknown-clip") == 1)
        #expect(dataset.message(of: "unknown-clip").contains("row 1 (ciAuN83h20Y)"))
        try folder.write(
            "music_avqa_v2/MUSIC-AVQA-v2.0_additional_videos.csv", "ciAuN83h20Y,65,0:54,,Y")
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "music-avqa-v2")
        }
        #expect(error?.reason == "line 1: start_time '65' and duration '0:54' are not m:ss")
    }

    @Test func doubledVocabularyIsReadOnce() throws {
        let words = MUSICAVQA.questionWords + MUSICAVQA.questionWords
        try folder.write("vocab/ques_vocab.txt", words.joined(separator: "\n"))
        try folder.write("vocab/ans_vocab.txt", "two\ncello\nzero\n")
        let dataset = try read(val: [Self.row()])
        #expect(dataset.count(of: "doubled-vocabulary") == 186)
        #expect(dataset.message(of: "doubled-vocabulary").contains("from 94 on"))
        #expect(dataset.message(of: "other-vocabulary").contains("ans_vocab.txt differs"))
        #expect(dataset.message(of: "other-vocabulary").contains("from entry 2 on"))
    }
}
