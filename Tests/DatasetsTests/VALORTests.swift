import TestSupport
import Testing

@testable import Datasets

@Suite struct VALORTests: ~Copyable {
    let folder: TemporaryFolder

    private static let header =
        "video_id,start_time,end_time,caption,type,mode,question,answer_1,answer_2,answer_3,"
        + "mcq_1,mcq_2,mcq_3,mcq_4,correct_mcq\n"

    init() throws { folder = try TemporaryFolder() }

    @Test func dotsInsideAStemAreNoExtension() throws {
        try folder.write("train_id.json", #"["-uG_30.000_40.000", "x_7.800_12.000.mp4"]"#)
        try folder.write("test_id.json", #"["y_0.000_10.000", "z_0.000_10.000"]"#)
        try folder.write(
            "txt_mapper.json",
            #"{"-uG_30.000_40.000": ["a", "b"], "x_7.800_12.000": [{"question": "q?", "answer": "r"}]}"#
        )
        try folder.write(
            "caption_annotation.json",
            #"[{"video_id": "y_0.000_10.000", "caption": "c"}, {"video_id": "-uG_30.000_40.000", "caption": "d"}]"#
        )
        try folder.write("videos/-uG_30.000_40.000.mkv")
        let dataset = try DatasetCatalog.read(folder.path, as: "valor-32k")
        #expect(
            dataset.samples.map(\.id) == [
                "-uG_30.000_40.000#0", "-uG_30.000_40.000#1", "x_7.800_12.000#0",
                "y_0.000_10.000#0",
                "z_0.000_10.000",
            ])
        #expect(dataset.samples.map(\.text) == ["a", "b", "q?", "c", nil])
        #expect(dataset.samples[2].answer == "r")
        #expect(dataset.clips[0].path == "\(folder.path)/videos/-uG_30.000_40.000.mkv")
        #expect(dataset.clips[1].path == "\(folder.path)/videos/x_7.800_12.000.mp4")
        #expect(dataset.count(of: "short") == 1)
        #expect(dataset.message(of: "short").contains("x_7.800_12.000"))
        #expect(dataset.count(of: "no-caption") == 1)
        #expect(dataset.count(of: "missing-split") == 1)
    }

    @Test func questionsKeepTheirChoices() throws {
        try folder.write(
            "processed_val_data.csv",
            Self.header
                + "a,36.200,46.200,\"A, b.\",desc,visual,q1?,w,x,y,k,l,m,n,2\n"
                + "a,36.200,46.200,,desc,audio,q2?,w,x,y,k,l,m,n,o,4\n"
                + "b,1.000,9.000,c,desc,both,q3?,w,k,l,m,n,0\n"
                + "b,1.000,9.000,c,desc,both,q4?,w,x,y,k,l,m,n,text\n"
                + "b,1.000,9.000,c,desc,both,q5?,w,x,y,k,l,m,n,1,2\n")
        let dataset = try DatasetCatalog.read(folder.path, as: "valor-32k-avqa")
        #expect(dataset.samples.map(\.id) == ["val-0", "val-1", "val-2", "val-3", "val-4"])
        #expect(dataset.samples.map(\.answer) == ["w", "w", "w", "w", "w"])
        #expect(dataset.samples[0].fields["caption"] == "A, b.")
        #expect(dataset.samples[0].fields["correct_mcq"] == "2")
        #expect(dataset.samples[0].fields["mcq_4"] == "n")
        #expect(dataset.samples[1].fields == ["type": "desc", "mode": "audio"])
        #expect(dataset.samples[2].fields == ["type": "desc", "mode": "both", "caption": "c"])
        #expect(dataset.samples[4].fields == dataset.samples[2].fields)
        #expect(dataset.clips.map(\.id) == ["a_36.200_46.200", "b_1.000_9.000"])
        #expect(dataset.count(of: "broken-choice") == 4)
        #expect(
            dataset.message(of: "broken-choice").contains("data.csv:3 (16 fields, correct_mcq 'o')")
        )
        #expect(dataset.count(of: "empty-caption") == 1)
        #expect(dataset.count(of: "fractional-start") == 2)
        #expect(dataset.count(of: "short") == 1)
    }

    @Test(arguments: [
        (
            "a,2.000,1.000,c,d,v,q,w,x,y,k,l,m,n,2\n",
            "line 2: start_time '2.000' and end_time '1.000'"
        ),
        ("a,x,1.000,c,d,v,q,w,x,y,k,l,m,n,2\n", "line 2: start_time 'x'"),
        ("a,1.000,2.000,c,d,v,q\n", "line 2: 7 fields, too few"),
        ("../a,1.000,2.000,c,d,v,q,w,x,y,k,l,m,n,2\n", "line 2: clip '../a_1.000_2.000' cannot"),
    ])
    func unreadableRowIsNamed(row: String, reason: String) throws {
        try folder.write("valor32k-avqa2_processed_test_data.csv", Self.header + row)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "valor-32k-avqa")
        }
        #expect(error?.reason.hasPrefix(reason) == true)
    }
}
