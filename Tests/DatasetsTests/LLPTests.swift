import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct LLPTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws {
        folder = try .with([
            "data/AVVP_train.csv": "filename\tevent_labels\nBjCEufrlXm4_20_30\tSpeech,Dog\n",
            "data/AVVP_val_pd.csv":
                "filename\tevent_labels\r\n-Ou_NrcwOQw_9.3_19.3\tCat\r\naaaaaaaaaaa_0_10\tCar",
            "data/AVVP_test_pd.csv": "bbbbbbbbbbb_0_10\tCello,Cello,Banjo\n",
            "data/AVVP_eval_audio.csv": Self.header + Self.audio,
            "data/AVVP_eval_visual.csv": Self.header + "aaaaaaaaaaa_0_10\t1\t2\tCar",
        ])
    }

    static let header = "filename\tonset\toffset\tevent_labels\n"
    static let audio = """
        -Ou_NrcwOQw_9.3_19.3\t0\t4\tCat
        -Ou_NrcwOQw_9.3_19.3\t9\t9\tCat
        -Ou_NrcwOQw_9.3_19.3\t9\t0\tCat
        -Ou_NrcwOQw_9.3_19.3\t0\t4\tCat
        aaaaaaaaaaa_0_10\t5\t10\tDog
        BjCEufrlXm4_20_30\t0\t1\tDog
        nobody_0_10\t0\t11\tDog
        """

    private func read() throws -> Dataset { try DatasetCatalog.read(folder.path, as: "llp") }

    @Test func rowsBecomeLabelsAndEvents() throws {
        let samples = try read().samples
        #expect(samples.map(\.id).first == "BjCEufrlXm4_20_30")
        #expect(
            samples.map(\.clip) == ["BjCEufrlXm4", "-Ou_NrcwOQw", "aaaaaaaaaaa", "bbbbbbbbbbb"])
        #expect(samples.map(\.split) == ["train", "val", "val", "test"])
        #expect(
            samples.map(\.labels) == [["Speech", "Dog"], ["Cat"], ["Car"], ["Cello", "Banjo"]])
        #expect(samples[1].fields == ["start": "9.3", "end": "19.3"])
        #expect(samples[0].events == [])
        #expect(samples[1].events == [Event(name: "Cat", start: 0, end: 4, modality: .audio)])
        #expect(
            samples[2].events == [
                Event(name: "Dog", start: 5, end: 10, modality: .audio),
                Event(name: "Car", start: 1, end: 2, modality: .visual),
            ])
    }

    @Test(arguments: [
        ("bad-interval", 3, "AVVP_eval_audio.csv:3 (-Ou_NrcwOQw_9.3_19.3 from 9 to 9)"),
        ("duplicate-row", 1, "AVVP_eval_audio.csv:5 "),
        ("label-disagreement", 1, "AVVP_eval_audio.csv:6 (aaaaaaaaaaa_0_10, Dog)"),
        ("unknown-clip", 2, "AVVP_eval_audio.csv:7 (BjCEufrlXm4_20_30)"),
        ("decimal-time", 1, "AVVP_val_pd.csv:2 "), ("repeated-label", 1, "AVVP_test_pd.csv:1 "),
        ("no-audio-events", 1, "bbbbbbbbbbb_0_10"), ("no-visual-events", 2, "-Ou_NrcwOQw_9.3_19.3"),
    ])
    func defectIsReported(kind: String, count: Int, place: String) throws {
        let dataset = try read()
        #expect(dataset.count(of: kind) == count)
        #expect(dataset.message(of: kind).contains(place), "\(dataset.message(of: kind))")
    }

    @Test func fileOfAllSplitsIsCompared() throws {
        try folder.write(
            "data/AVVP_dataset_full.csv",
            "filename\tevent_labels\nBjCEufrlXm4_20_30\tSpeech\nbbbbbbbbbbb_0_10\tCello,Banjo")
        let dataset = try read()
        #expect(dataset.count(of: "other-union") == 1)
        #expect(dataset.message(of: "other-union").contains("full.csv:2 (BjCEufrlXm4_20_30)"))
    }

    @Test func videoMayHaveTheWholeName() throws {
        try folder.write("LLP_dataset/video/BjCEufrlXm4_20_30.webm", "x")
        try folder.write("LLP_dataset/video/aaaaaaaaaaa.mp4", "x")
        let clips = try read().clips
        #expect(clips[0].path.hasSuffix("/LLP_dataset/video/BjCEufrlXm4_20_30.webm"))
        #expect(clips[2].path.hasSuffix("/LLP_dataset/video/aaaaaaaaaaa.mp4"))
        #expect(clips[3].path.hasSuffix("/LLP_dataset/video/bbbbbbbbbbb.mp4"))
    }

    @Test func absentFilesAreReported() throws {
        try folder.remove("data/AVVP_eval_visual.csv")
        try folder.remove("data/AVVP_train.csv")
        let dataset = try read()
        #expect(dataset.count(of: "missing-split") == 1)
        #expect(dataset.count(of: "missing-events") == 1)
        #expect(dataset.count(of: "no-visual-events") == 0)
    }

    @Test(arguments: [
        ("x_0_10\tSpeech\tDog", "line 1: 3 fields between tabs where 2 belong"),
        ("x_0_10\tspeech", "line 1: event 'speech' is none of the 25"),
        ("x_0_10\tSpeech,", "line 1: event '' is none of the 25"),
        ("x_y_10\tSpeech", "line 1: filename 'x_y_10' is not an id, a start and an end"),
        ("x_9_3\tSpeech", "line 1: filename 'x_9_3' is not an id"),
        ("x_0_10\tDog\nx_0_10\tCat", "line 2: filename 'x_0_10' occurs before with other"),
    ])
    func unreadableRowIsNamed(text: String, reason: String) throws {
        try folder.write("data/AVVP_train.csv", text)
        let error = #expect(throws: AnnotationError.self) { try read() }
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
        #expect(error?.operation == "read \(folder.path)/data/AVVP_train.csv")
    }

    @Test(arguments: [
        ("../x_0_10\tSpeech", "filename '../x_0_10' cannot be a file's name"),
        ("aaaaaaaaaaa_0_10\tCar", "filename 'aaaaaaaaaaa_0_10' is in splits train and val"),
    ])
    func nameThatCannotBeUsedIsRefused(text: String, reason: String) throws {
        try folder.write("data/AVVP_train.csv", text)
        let error = #expect(throws: AnnotationError.self) { try read() }
        #expect(error?.reason == reason)
    }
}
