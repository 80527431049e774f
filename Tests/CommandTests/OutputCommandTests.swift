import Foundation
import Storage
import TestSupport
import Testing

/// `evaluate`, `predict` and `export` of a run on four clips.
@Suite struct OutputCommandTests {
    private let data: AVEFolder

    private var cache: String { "\(data.path)/cache" }
    private var run: String { "\(data.path)/run" }

    init() throws {
        data = try AVEFolder(clips: ["one", "two", "three", "four"])
        for (index, id) in ["one", "two", "three", "four"].enumerated() {
            try data.makeClip(id, grey: 40 + 50 * index)
        }
        try data.write("data/valSet.txt", "Bark&three&good&0&1")
        try data.write("data/testSet.txt", "Bark&four&good&0&1")
        try data.write(
            "recipe.yaml", "{placement: {ladder: [2, 6]}, method: {name: av-pea}, epochs: 2}")
        let commands = [
            ["extract", data.root, "--dataset", data.manifest, "--cache", cache, "--size", "224"],
            [
                "encode", "--cache", cache, "--stream", "visual", "--layers", "2,6", "--tokens",
                "grid:2x2",
            ],
            [
                "encode", "--cache", cache, "--stream", "audio", "--layers", "2,6", "--tokens",
                "grid:2x2",
            ],
            ["train", "--cache", cache, "--recipe", "\(data.path)/recipe.yaml", "--run", run],
        ]
        for command in commands {
            let result = try Program.run(command)
            try #require(result.status == 0, "\(result.errors)")
        }
    }

    private func object(_ text: some StringProtocol) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func runIsMeasuredPredictedAndExported() throws {
        let use = ["--run", run, "--cache", cache, "--split", "test"]
        let matrix = "\(data.path)/confusion.csv"
        let text = try Program.run(["evaluate"] + use + ["--confusion", matrix])
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("95 % interval"))
        #expect(text.output.contains("from 10000 draws of clips with seed 0"))
        #expect(text.output.contains("confusion: a row for each true label"))
        let table = try String(contentsOfFile: matrix, encoding: .utf8)
        #expect(table.hasPrefix("true \\ predicted,Bark,background\nBark,"))

        let measured = try object(Program.run(["evaluate"] + use + ["--json"]).output)
        #expect((measured["confusion"] as? [[Int]])?.joined().reduce(0, +) == 2)
        #expect((measured["interval"] as? [String: Any])?["resamples"] as? Int == 10_000)

        let file = "\(data.path)/predictions.jsonl"
        let predicted = try Program.run(["predict"] + use + ["--output", file, "--logits"])
        #expect(predicted.status == 0, "\(predicted.errors)")
        let line = try object(String(contentsOfFile: file, encoding: .utf8))
        #expect(line["true"] as? [String] == ["Bark", "background"])
        #expect((line["logits"] as? [[Double]])?.map(\.count) == [2, 2])
        #expect(line["probabilities"] == nil)

        let adapter = "\(data.path)/adapter"
        for (more, status) in [([], 0), ([], 2), (["--force"], 0)] as [([String], Int32)] {
            let result = try Program.run(["export", "--run", run, "--to", adapter] + more)
            #expect(result.status == status, "\(result.errors)")
        }
        let configuration = try object(
            String(contentsOfFile: "\(adapter)/adapter_config.json", encoding: .utf8))
        let streams = try #require(configuration["streams"] as? [String: [String: Any]])
        let backbone = try #require(streams["visual"]?["backbone"] as? [String: Any])
        let weights = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/CWeights/tiny.safetensors")
        let hash = XXH3.hexadecimal(try XXH3.hash(fileAt: weights.path()))
        #expect(backbone["weights"] as? String == "builtin:tiny:\(hash)")
        #expect(streams["visual"]?["dtype"] as? String == "f16")
        #expect(streams["visual"]?["tokens"] as? String == "grid:2x2")
    }

    @Test func unusableRequestsAreNamed() throws {
        let use = ["--run", run, "--cache", cache, "--split", "test"]
        let ending = try Program.run(["predict"] + use + ["--output", "a.txt"])
        #expect(ending.status == 2)
        #expect(ending.errors.contains("--output must end in .jsonl or .csv."))
        let none = try Program.run(["export", "--run", data.root, "--to", "\(data.path)/no"])
        #expect(none.status == 10)
        #expect(none.errors.contains("it has no recipe.yaml"))
        let folder = try Program.run(["predict"] + use + ["--output", "\(data.path)/no/a.csv"])
        #expect(folder.status == 10)
    }
}
