import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct AVSBenchTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func singleSourceTrainHasOneMask() throws {
        try folder.write(
            "Single-source/s4_meta_data.csv",
            "name,start_time,category,split\na b,3,race_car,train\n-c,0,helicopter,val\n")
        try folder.write("Single-source/s4_data/gt_masks/x")
        let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-s4")
        #expect(dataset.samples.map(\.id) == ["a b", "-c"])
        #expect(dataset.samples.map(\.labels) == [["race_car"], ["helicopter"]])
        let masks = "Single-source/s4_data/gt_masks"
        #expect(dataset.samples[0].masks == ["\(masks)/train/race_car/a b/a b_1.png"])
        #expect(
            dataset.samples[1].masks == (1...5).map { "\(masks)/val/helicopter/-c/-c_\($0).png" })
        #expect(
            dataset.clips[0].path
                == "\(folder.path)/Single-source/s4_data/raw_videos/train/race_car/a b.mp4")
        #expect(dataset.vocabulary.count == 23)
        #expect(dataset.message(of: "no-videos").hasSuffix("but there is \(masks)"))
        #expect(dataset.segments == 5)
    }

    @Test func multipleSourceTablesMayHaveAnyHeader() throws {
        for header in ["", "name,split\n", "uid,split,label\n"] {
            try folder.write("Multi-sources/ms3_meta_data.csv", header + "x_0,train\ny_1,test")
            let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-ms3")
            #expect(dataset.samples.map(\.id) == ["x_0", "y_1"])
            #expect(
                dataset.samples[0].masks.last
                    == "Multi-sources/ms3_data/gt_masks/train/x_0/x_0_5.png")
            #expect(
                dataset.clips[1].path
                    == "\(folder.path)/Multi-sources/ms3_data/raw_videos/y_1.mp4")
        }
    }

    static let header = "vid,uid,s_min,s_sec,a_obj,split,label\n"

    @Test func labelIsTheSubset() throws {
        try folder.write(
            "AVSBench-semantic/metadata.csv",
            Self.header + """
                a,a_60000_65000,0,60,h orse,train,v1s
                a,a_60000_70000,1,0,girl_emergency-car,test,v2
                b_0,b_0,0,0,girl,train,v1m
                b_1,b_1,0,0,girl,val,v1m
                c,c_1000_6000,0,2,girl,test,v1s
                """)
        try folder.write("AVSBench-semantic/v2/a_60000_70000/audio.wav", "x")
        let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-semantic")
        #expect(dataset.samples.map { $0.fields["subset"] } == ["v1s", "v2", "v1m", "v1m", "v1s"])
        #expect(dataset.samples.map(\.labels)[..<2] == [["horse"], ["girl", "emergency-car"]])
        #expect(dataset.samples.map(\.masks.count) == [1, 10, 5, 5, 5])
        #expect(
            dataset.samples[0].masks
                == ["AVSBench-semantic/v1s/a_60000_65000/labels_semantic/0.png"])
        #expect(dataset.samples.map { $0.fields["start"] } == ["60", "60", "0", "0", "2"])
        #expect(dataset.clips[0].path.hasSuffix("/v1s/a_60000_65000/a_60000_65000.mp4"))
        #expect(dataset.clips[1].path.hasSuffix("/v2/a_60000_70000/audio.wav"))
        #expect(dataset.count(of: "label-spelling") == 1)
        #expect(dataset.message(of: "subset-overlap").contains("in v1s and v2"))
        #expect(dataset.message(of: "split-overlap").contains("splits of v1m, such as b"))
        #expect(dataset.message(of: "other-uid").contains("metadata.csv:6 (c_1000_6000)"))
        #expect(dataset.findings.contains { $0.message.contains("v2 has 0 samples in train") })
        #expect(dataset.vocabulary == ["horse", "girl", "emergency-car"])
    }

    @Test func classesAreInTheOrderOfTheirFile() throws {
        try folder.write("AVSBench-semantic/metadata.csv", "x_0,x_0,0,0,cat_dog,val,v1m")
        try folder.write(
            "AVSBench-semantic/label2idx.json", #"{"dog": 1, "background": 0, "cat": 2}"#)
        let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-semantic")
        #expect(dataset.vocabulary == ["background", "dog", "cat"])
        try folder.write("AVSBench-semantic/label2idx.json", #"{"dog": 1, "background": 0}"#)
        let other = try DatasetCatalog.read(folder.path, as: "avsbench-semantic")
        #expect(other.vocabulary == ["background", "dog", "cat"])
        #expect(other.message(of: "unnumbered-class").hasSuffix("1, the first is cat"))
        try folder.write("AVSBench-semantic/label2idx.json", #"{"dog": 1}"#)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "avsbench-semantic")
        }
        #expect(error?.reason.hasSuffix("numbers classes from 0 without gaps") == true)
    }

    @Test(arguments: [
        ("a,a_0_5000,0,0,cat,train", "line 2: 6 fields where 7 belong"),
        ("a,../a,0,0,cat,train,v1s", "line 2: uid '../a' cannot be a file's name"),
        ("a,a_0_5000,0,0,cat,train,cat", "line 2: label 'cat' is none of the subsets"),
        ("a,a_0_5000,0,0,cat,dev,v1s", "line 2: split 'dev' is none of"),
        ("a,a_0_5000,0,61,cat,train,v1s", "line 2: s_min '0' and s_sec '61' are no time"),
        ("a,a_0_5000,0,0,cat__dog,train,v1s", "line 2: a_obj 'cat__dog' has an empty class"),
        (
            "a,a_0_5000,0,0,cat,train,v1s\na,a_0_5000,0,0,cat,train,v1s",
            "line 3: 'a_0_5000' occurs before, in line 2"
        ),
        ("", "it has no rows"),
    ])
    func unreadableRowIsNamed(text: String, reason: String) throws {
        try folder.write("AVSBench-semantic/metadata.csv", Self.header + text)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "avsbench-semantic")
        }
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        ("x,0,piano,test", "line 1: category 'piano' is none of the 23"),
        ("..,0,helicopter,test", "line 1: name '..' cannot be a file's name"),
    ])
    func unreadableRowOfOneSourceIsNamed(text: String, reason: String) throws {
        try folder.write("Single-source/s4_meta_data.csv", text)
        let error = #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "avsbench-s4")
        }
        #expect(error?.reason == reason)
    }

    @Test func listsOfFramesMarkTestClips() throws {
        try folder.write("Multi-sources/ms3_meta_data.csv", "x_0,train\ny_1,test")
        try folder.write(
            "avs1_ms3_test.csv", "y_1_1,\"man, guitar\"\r\ny_1_2,man\r\nx_0_1,man\r\n")
        let dataset = try DatasetCatalog.read(folder.path, as: "avsbench-ms3")
        #expect(dataset.samples[1].fields["frames"] == "1 2")
        #expect(dataset.count(of: "unknown-clip") == 1)
        #expect(dataset.message(of: "unknown-clip").contains("avs1_ms3_test.csv:3 (x_0)"))
        try folder.write("avs1_ms3_test.csv", "y_1,man")
        #expect(
            try DatasetCatalog.read(folder.path, as: "avsbench-ms3").count(of: "unknown-clip") == 1)
        try folder.write("avs1_ms3_test.csv", "y,man")
        #expect(throws: AnnotationError.self) {
            try DatasetCatalog.read(folder.path, as: "avsbench-ms3")
        }
    }
}
