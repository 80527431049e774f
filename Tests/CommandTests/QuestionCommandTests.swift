import Foundation
import TestSupport
import Testing

/// Questions in MUSIC-AVQA's layout, from media to the accuracy of each of their types.
@Suite struct QuestionCommandTests {
    private let data: AVEFolder

    private var cache: String { "\(data.path)/cache" }
    private var run: String { "\(data.path)/run" }

    init() throws {
        let clips = [("a", "train"), ("b", "train"), ("c", "val"), ("d", "test")]
        data = try AVEFolder(clips: clips.map(\.0))
        for (index, clip) in clips.enumerated() { try data.makeClip(clip.0, grey: 40 + 50 * index) }
        for split in ["train", "val", "test"] {
            let rows = clips.filter { $0.1 == split }.flatMap { Self.questions(about: $0.0) }
            try data.write("data/\(split).json", "[\(rows.joined(separator: ",\n"))]")
        }
        try data.write(
            "questions.yaml",
            """
            name: questions
            reader: MUSIC-AVQA
            media: AVE/{id}.mp4
            splits: {train: train.json, val: val.json, test: test.json}
            segments: 2
            segmentDuration: 1
            """)
        try data.write(
            "job.yaml",
            """
            dataset: questions.yaml
            root: data/
            cache: cache
            extract: {size: 96}
            encode:
              - {backbone: "builtin:tiny", stream: visual, layers: [0, 1, 2, 3, 4, 5, 6], tokens: all}
              - {backbone: "builtin:tiny", stream: audio, layers: [0, 1, 2, 3, 4, 5, 6], tokens: all}
            """)
        let build = try Program.run(["build", "\(data.path)/job.yaml"])
        #expect(build.status == 0, "\(build.errors)")
    }

    /// Of each modality one; their types are three of the nine.
    private static func questions(about clip: String) -> [String] {
        let all = [
            ("Audio", "Counting", "Is there a <Object> sound?", "yes"),
            ("Visual", "Location", "Is the <Object> in the video?", "no"),
            ("Audio-Visual", "Comparative", "Is the <Object> louder?", "yes"),
        ]
        return all.enumerated().map { number, question in
            let (modality, kind, content, answer) = question
            return #"{"video_id": "\#(clip)", "question_id": \#(number), "question_deleted": 0, "#
                + #""type": "[\"\#(modality)\", \"\#(kind)\"]", "question_content": "\#(content)", "#
                + #""templ_values": "[\"flute\"]", "anser": "\#(answer)"}"#
        }
    }

    @Test(arguments: [
        "music-avqa-av-pea", "music-avqa-lstta", "music-avqa-copl-suffix", "music-avqa-dtl",
        "music-avqa-lavish-published",
    ])
    func ownRecipesAnswerFromMedia(recipe: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "manifests/recipes/\(recipe).yaml").path()
        let trained = try Program.run([
            "train", "--cache", cache, "--run", run, "--recipe", path, "--set", "epochs=2",
            "--threads", "1",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.errors.contains("best of val is"), "\(trained.errors)")
        let measured = try Program.run([
            "evaluate", "--cache", cache, "--run", run, "--split", "test", "--json", "--threads",
            "1",
        ])
        #expect(measured.status == 0, "\(measured.errors)")
        let result = try #require(
            JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
        #expect(result["questions"] as? Int == 3)
        let figures = try #require(result["figures"] as? [[String: Any]])
        #expect(
            figures.compactMap { $0["name"] as? String } == [
                "audio counting", "audio", "visual location", "visual", "audio-visual comparative",
                "audio-visual", "mean of means",
            ])
        // Each modality has one question, so that its accuracy is that of its type.
        let values = figures.compactMap { $0["value"] as? Double }
        #expect(values[0] == values[1] && values[2] == values[3] && values[4] == values[5])
        #expect(
            abs((values[1] + values[3] + values[5]) / 3 - (result["accuracy"] as? Double ?? -1))
                < 1e-9
        )
    }
}
