import TestSupport
import Testing

@testable import Datasets

@Suite struct MSRVTTTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Two captions of each video.
    private func captions(of videos: [String], word: String = "a") -> String {
        let entries = videos.map {
            #"{"category":9,"url":"u","video_id":"\#($0)","start time":1.5,"end time":20,"split":"train","id":0}"#
        }
        let sentences = videos.flatMap { video in
            (0..<2).map {
                #"{"caption":"\#(word) \#($0)","video_id":"\#(video)","sen_id":\#($0 + 40)}"#
            }
        }
        return #"{"info":{},"videos":[\#(entries.joined(separator: ","))],"#
            + #""sentences":[\#(sentences.joined(separator: ","))]}"#
    }

    @Test func withoutCaptionsAVideoIsASample() throws {
        try folder.write("annotation/MSRVTT_train.full.csv", "video_id\nvideo0\nvideo1\n")
        try folder.write("EMCL/MSRVTT_test.full.csv", "video_id\r\nvideo2 \r\n")
        try folder.write("videos/all/video1.mp4")
        let dataset = try DatasetCatalog.read(folder.path, as: "msr-vtt")
        #expect(dataset.samples.map(\.id) == ["video0", "video1", "video2"])
        #expect(dataset.samples.map(\.split) == ["train", "train", "test"])
        #expect(dataset.samples.allSatisfy { $0.text == nil })
        #expect(dataset.clips[1].path == "\(folder.path)/videos/all/video1.mp4")
        #expect(dataset.expected == ["train": 6513, "val": 497, "test": 2990])
        #expect(dataset.count(of: "missing-split") == 1)
        #expect(dataset.findings.filter { $0.kind == "unexpected-count" }.map(\.count) == [2, 1])
        #expect(dataset.segments == 10 && dataset.segmentDuration == 3)
    }

    @Test func captionsMakeSamples() throws {
        try folder.write("MSRVTT_train.9k.csv", "video_id\nvideo0\nvideo1\nvideo3\n")
        try folder.write(
            "MSRVTT_JSFUSION_test.csv",
            "key,vid_key,video_id,sentence\nret0,msr9770,video9,\"one, two\"\n")
        try folder.write("MSRVTT_data.json", captions(of: ["video0", "video9"]))
        try folder.write(
            "train_val_videodatainfo.json", captions(of: ["video0", "video1"], word: "b"))
        let dataset = try DatasetCatalog.read(folder.path, as: "msr-vtt-1ka")
        #expect(
            dataset.samples.map(\.id) == [
                "video0#0", "video0#1", "video1#0", "video1#1", "video3", "ret0",
            ])
        #expect(dataset.samples.map(\.text) == ["a 0", "a 1", "b 0", "b 1", nil, "one, two"])
        #expect(
            dataset.samples[1].fields == [
                "category": "9", "url": "u", "start time": "1.5", "end time": "20.0",
                "sen_id": "41",
            ])
        #expect(dataset.clips.map(\.id) == ["video0", "video1", "video3", "video9"])
        #expect(dataset.expected == ["train": 180_000, "test": 1000])
        #expect(dataset.message(of: "no-caption").contains("9k.csv:4 ('video3')"))
        #expect(dataset.count(of: "no-caption") == 1)
        #expect(dataset.count(of: "caption-count") == 2)
    }

    @Test func clipsInTwoSplitsAreReported() throws {
        try folder.write("train_list_miech.txt", "video1\nvideo2\n")
        try folder.write("test_list_miech.txt", "video2\nvideo3")
        let dataset = try DatasetCatalog.read(folder.path, as: "msr-vtt-miech")
        #expect(dataset.samples.count == 4 && dataset.clips.count == 3)
        #expect(dataset.count(of: "split-overlap") == 1)
    }

    @Test(arguments: [
        ("video_id\n../video0\n", "line 2: video_id '../video0' cannot be a file's name"),
        ("video\tid,x\nvideo0,y\n", "line 1: no column 'video_id'"),
    ])
    func unreadableListIsNamed(text: String, reason: String) throws {
        try folder.write("MSRVTT_train.7k.csv", text)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "msr-vtt-7k")
        }
        #expect(error?.reason == reason)
    }

    @Test func unreadableCaptionsAreNamed() throws {
        try folder.write("MSRVTT_train.7k.csv", "video_id\nvideo0\n")
        try folder.write("MSRVTT_data.json", #"{"sentences":[{"caption":1,"video_id":"video0"}]}"#)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "msr-vtt-7k")
        }
        #expect(error?.description.contains("MSRVTT_data.json: 'sentences.") == true)
        #expect(error?.description.contains("caption' is not of the kind String") == true)
    }

    @Test func questionsHaveAnswers() throws {
        try folder.write(
            "val.jsonl",
            """
            {"answer": "b", "question": "q?", "video_id": "video6", "answer_type": "what"}

            {"answer": "c", "question": "r?", "video_id": "video6", "answer_type": "who"}
            """)
        try folder.write("train_ans2label.json", #"{"b": 1, "a": 0}"#)
        let dataset = try DatasetCatalog.read(folder.path, as: "msr-vtt-qa")
        #expect(dataset.vocabulary == ["a", "b"])
        #expect(dataset.samples.map(\.id) == ["val-0", "val-1"])
        #expect(dataset.samples.map(\.text) == ["q?", "r?"])
        #expect(dataset.samples.map(\.answer) == ["b", "c"])
        #expect(dataset.samples[1].fields == ["answer_type": "who"])
        #expect(dataset.message(of: "unknown-answer").contains("val.jsonl:3 ('c')"))
        try folder.write("train_ans2label.json", #"{"b": 2, "a": 0}"#)
        #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "msr-vtt-qa")
        }
    }

    @Test func aLineThatIsNoQuestionIsNamed() throws {
        try folder.write("val.jsonl", "{\"answer\": \"b\", \"question\": \"q?\"}\n")
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "msr-vtt-qa")
        }
        #expect(error?.reason == "line 1: the whole value has no key 'video_id'")
    }
}
