import TestSupport
import Testing

@testable import Datasets

@Suite struct MELDTests: ~Copyable {
    let folder: TemporaryFolder

    private static let header =
        "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\r\n"

    init() throws { folder = try TemporaryFolder() }

    private func write(_ rows: [String], _ name: String = "dev_sent_emo.csv") throws {
        try folder.write(name, Self.header + rows.map { $0 + "\r\n" }.joined())
    }

    private func read() throws -> Dataset { try DatasetCatalog.read(folder.path, as: "meld") }

    @Test func rowsBecomeUtterances() throws {
        try write([
            #"1,"Oh, ""he’s"" lost it.",Phoebe,sadness,negative,0,1,4,7,"00:20:57,256","0:21:00,049""#,
            #"2,What?,Monica,bored,mixed,0,2,4,7,"00:00:01,000","00:00:01,006""#,
            #"3,So,Ross,joy,positive,0,3,4,7,"00:00:01,000","00:00:32,28""#,
            #"4,No,Ross,joy,positive,0,4,4,7,"00:00:02,000","00:00:01,000""#,
        ])
        try write(
            [#"1,Hi,Joey,fear,negative,0,1,1,1,"00:00:00,000","00:00:01,000""#],
            "train_sent_emo.csv")
        try folder.write("MELD.Raw/dev_splits_complete/dia0_utt1.mp4")
        let dataset = try read()
        #expect(
            dataset.samples.map(\.id) == [
                "train/dia0_utt1", "val/dia0_utt1", "val/dia0_utt2", "val/dia0_utt3",
                "val/dia0_utt4",
            ])
        #expect(dataset.samples[1].text == "Oh, \"he’s\" lost it.")
        #expect(dataset.samples[1].labels == ["sadness"])
        #expect(dataset.samples[1].fields["Sentiment"] == "negative")
        #expect(dataset.samples[1].fields["StartTime"] == "00:20:57,256")
        #expect(dataset.clips[0].path == "\(folder.path)/train_splits/dia0_utt1.mp4")
        #expect(
            dataset.clips[1].path == "\(folder.path)/MELD.Raw/dev_splits_complete/dia0_utt1.mp4")
        #expect(
            dataset.vocabulary == [
                "neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear", "bored",
            ])
        for kind in [
            "short", "too-long", "odd-time", "reversed-times", "typographic-text", "unknown-class",
            "unknown-sentiment", "missing-split",
        ] {
            #expect(dataset.count(of: kind) == 1, "\(kind)")
        }
        #expect(
            dataset.message(of: "short").contains("dev_sent_emo.csv:3 (dia0_utt2: 00:00:01,000"))
    }

    @Test func knownDefectsAreStatedWhereTheyAre() throws {
        let row = #"1,Hi,Joey,fear,negative,0,1,1,1,"00:00:00,000","00:00:01,000""#
        try write([row])
        try write([row], "train_sent_emo.csv")
        #expect(try !read().findings.contains { $0.kind.hasPrefix("known") })
        try folder.write("train_splits/dia125_utt3.mp4")
        try folder.write("dev_splits_complete/dia66_utt10.mp4")
        try folder.write("dev_splits_complete/dia49_utt4.mp4")
        try folder.write("output_repeated_splits_test/final_videos_testdia101_utt0.mp4")
        let dataset = try read()
        #expect(dataset.count(of: "known-corrupt") == 1)
        #expect(dataset.count(of: "known-missing") == 1)
        #expect(
            dataset.message(of: "known-missing").contains("dev_splits_complete/dia110_utt7.mp4"))
        #expect(dataset.count(of: "known-extra") == 3)
        try folder.write("dev_splits_complete/dia110_utt7.mp4")
        #expect(try read().count(of: "known-missing") == 0)
    }

    @Test(arguments: [
        (
            #"1,Hi,J,fear,negative,0,x,1,1,"00:00:00,000","00:00:01,000""#,
            "Dialogue_ID '0' and Utterance_ID 'x'"
        ),
        (#"1,Hi,J,fear,negative,0,1,1,1,"00:00:00","00:00:01,000""#, "StartTime '00:00:00' is not"),
        (#"1,Hi,J,fear,negative,0,1,1,1,00:00:00,000,"00:00:01,000""#, "12 fields"),
        (
            #"1,Hi,J,fear,negative,0,1,1,1,"00:60:00,000","00:00:01,000""#,
            "StartTime '00:60:00,000' is not"
        ),
    ])
    func unreadableRowIsNamed(row: String, reason: String) throws {
        try write([row])
        let error = #expect(throws: AnnotationError.self) { try read() }
        #expect(error?.reason.hasPrefix("line 2: \(reason)") == true)
    }

    @Test func anUtteranceThatOccursTwiceIsRefused() throws {
        let row = #"1,Hi,Joey,fear,negative,0,1,1,1,"00:00:00,000","00:00:01,000""#
        try write([row, row])
        let error = #expect(throws: AnnotationError.self) { try read() }
        #expect(error?.reason == "line 3: dia0_utt1 is on line 2 already")
    }

    @Test(arguments: [
        ("00:20:57,256", 1257.256), ("0:00:01,5", 1.5), ("1:00:00,28", 3600.28),
        ("00:00:00.001", 0.001),
    ])
    func timesAreRead(text: String, seconds: Double) {
        #expect(EpisodeTime(text)?.seconds == seconds)
    }
}
