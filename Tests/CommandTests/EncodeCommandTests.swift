import Foundation
import Storage
import Tensors
import TestSupport
import Testing

/// `encode` with its number types and tokens, and `compare` of what it made.
@Suite struct EncodeCommandTests {
    private let data: AVEFolder

    private var cache: String { "\(data.path)/cache" }

    init() throws {
        data = try AVEFolder(clips: ["one", "two"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("two", grey: 200)
        _ = try Program.run([
            "extract", data.root, "--dataset", data.manifest, "--cache", cache, "--size", "224",
        ])
    }

    private func encode(_ more: String...) throws -> Program.Result {
        try Program.run(
            ["encode", "--cache", cache, "--stream", "visual", "--layers", "2,4"] + more)
    }

    private var feature: String { "\(cache)/states-tiny-visual" }

    private func keep(as name: String) throws {
        try FileManager.default.moveItem(atPath: feature, toPath: "\(data.path)/\(name)")
    }

    private func compare(_ a: String, _ b: String, _ more: String...) throws -> Program.Result {
        try Program.run(["compare", "\(data.path)/\(a)", "\(data.path)/\(b)"] + more)
    }

    @Test func numberTypesAreCompared() throws {
        for type in ["f32", "f16", "int8"] {
            #expect(try encode("--tokens", "grid:2x2", "--dtype", type).status == 0)
            try keep(as: type)
        }
        let half = try compare("f16", "f32")
        #expect(half.status == 0 && half.output.contains("recipe: dtype is \"f16\", was \"f32\""))
        #expect(half.output.split(separator: "\n").contains { $0.hasPrefix("  block_02 ") })
        #expect(try compare("int8", "f32", "--tolerance", "1e-5").status == 4)
        #expect(try compare("int8/", "f32", "--tolerance", "2e-2", "--jobs", "1").status == 0)
        let json = try compare("int8", "f32", "--json").output.split(separator: "\n")
        let first = try #require(
            JSONSerialization.jsonObject(with: Data(json[0].utf8)) as? [String: Any])
        #expect(first["layer"] as? String == "block_02")
        let error = try #require(first["relative"] as? Double)
        #expect(1e-4 < error && error < 2e-2)
        #expect(json.count == 3)
    }

    @Test func cachesAreComparedByFeature() throws {
        _ = try encode("--tokens", "cls")
        let other = "\(data.path)/other"
        try FileManager.default.copyItem(atPath: cache, toPath: other)
        let same = try Program.run(["compare", cache, other, "--tolerance", "0"])
        #expect(same.status == 0 && same.output.contains("2 rows"))
        let visual = "\(other)/states-tiny-visual", alone = "\(other)/states-alone-visual"
        try FileManager.default.copyItem(atPath: visual, toPath: alone)
        let more = try Program.run(["compare", cache, other])
        #expect(more.status == 4)
        #expect(more.errors.contains("\(alone) has no counterpart in the other cache"))
        try FileManager.default.removeItem(atPath: alone)
        try FileManager.default.removeItem(atPath: "\(visual)/shard-00000.h5")
        _ = try Program.run([
            "encode", "--cache", other, "--stream", "visual", "--layers", "2,4", "--tokens", "cls",
            "--limit", "1",
        ])
        let result = try Program.run(["compare", cache, other])
        #expect(result.status == 4)
        #expect(
            result.output.contains("1 rows are only in \(cache)/states-tiny-visual, such as two"))
        #expect(try Program.run(["compare", cache, data.root]).status == 10)
    }

    @Test func summaryTellsWhereTheTimeWent() throws {
        let result = try encode("--tokens", "topk:5", "--compute", "f32", "--json")
        let lines = result.output.split(separator: "\n")
        let summary = try #require(
            JSONSerialization.jsonObject(with: Data(lines[lines.count - 1].utf8)) as? [String: Any])
        for part in ["computing", "waiting", "reading", "writing"] {
            #expect((summary["\(part)_seconds"] as? Double ?? -1) >= 0, "\(part)")
        }
        #expect((summary["computing_seconds"] as? Double ?? 0) > 0)
        let verified = try Program.run(["verify", "--cache", cache, "--read-data"])
        #expect(verified.status == 0)
        let inspected = try Program.run(["inspect", "--cache", cache]).output
        #expect(inspected.contains("/block_02_token i32 [2, 6]"))
    }

    @Test(arguments: [
        (["--dtype", "f16", "--layers", "2,4"], "dtype is \"f16\", was \"int8\""),
        (["--dtype", "int8", "--tokens", "cls"], "tokens is \"cls\", was \"all\""),
        (["--dtype", "int8", "--compute", "bf16"], "compute is \"bf16\", was \"f32\""),
    ])
    func changedFieldIsNamed(options: [String], reason: String) throws {
        #expect(try encode("--dtype", "int8").status == 0)
        let result = try Program.run(
            ["encode", "--cache", cache, "--stream", "visual"]
                + (options.contains("--layers") ? [] : ["--layers", "2,4"]) + options)
        #expect(result.status == 5)
        #expect(result.errors.contains("its recipe differs: \(reason); use another cache"))
    }

    @Test func planKnowsTheBytesOfEachLayer() throws {
        try data.write(
            "job.yaml",
            """
            dataset: two.yaml
            root: data
            cache: cache
            extract: {size: 224}
            encode:
              - {backbone: builtin:tiny, stream: visual, layers: [2, 4], dtype: int8, compute: bf16}
            """)
        let result = try Program.run(["plan", "\(data.path)/job.yaml", "--sample", "0"])
        #expect(result.status == 0)
        // Two clips of two segments of 197 tokens: a byte for each element, four for each token.
        #expect(result.output.contains("encode states-tiny-visual: 2 clips"))
        #expect(result.output.contains("    /block_02: 0.000 GB (0.000 GiB)\n"))
        let json = try Program.run(["plan", "\(data.path)/job.yaml", "--sample", "0", "--json"])
        #expect(json.output.contains(#"{"bytes":126080,"name":"block_02"}"#))
        #expect(json.output.contains(#"{"bytes":3152,"name":"block_02_scale"}"#))
    }

    @Test(arguments: [
        (["--tokens", "topk:0"], "--tokens 'topk:0' is not all, cls, grid:RxC or topk:K."),
        (["--dtype", "int4"], "int4"),
        (["--compute", "f16"], "f16"),
        (["--stream", "smell"], "smell"),
    ])
    func wrongOptionsAreUsage(options: [String], reason: String) throws {
        let result = try Program.run(["encode", "--cache", cache, "--layers", "4"] + options)
        #expect(result.status == 2)
        let withStream = try Program.run(
            ["encode", "--cache", cache, "--layers", "4", "--stream", "visual"] + options)
        #expect(withStream.status == 2)
        #expect((result.errors + withStream.errors).contains(reason))
    }

    @Test func textsNeedATokenizer() throws {
        let result = try Program.run([
            "encode", "--cache", cache, "--stream", "text", "--layers", "4",
        ])
        #expect(result.status == 1)
        #expect(result.errors.contains("it does not read texts"))
    }
}
