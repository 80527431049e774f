import Foundation
import Models
import Pipeline
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct AdapterExportTests {
    private func configuration(_ folder: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: "\(folder)/adapter_config.json"))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test(arguments: SyntheticRun.methods)
    func tensorsAreThoseOfTheCheckpoint(method: String) throws {
        let run = try SyntheticRun(method, epochs: 1), folder = run.data.run("adapter")
        let summary = try AdapterExport.export(run: run.path, to: folder, replacing: false)
        let best = try SafeTensors(reading: "\(run.path)/best.safetensors")
        let file = try SafeTensors(reading: summary.tensors)
        for (name, entry) in best.entries {
            let (ours, theirs) = (try best.tensor(name), try file.tensor(name))
            guard name.hasSuffix(".weight"), entry.shape.count == 2 else {
                #expect(theirs == ours, "\(name)")
                continue
            }
            #expect(theirs.shape == ours.shape.reversed(), "\(name)")
            let (inputs, outputs) = (ours.shape[0], ours.shape[1])
            for i in 0..<inputs {
                for o in 0..<outputs {
                    #expect(theirs.elements[o * inputs + i] == ours.elements[i * outputs + o])
                }
            }
        }
        let norms = ["visual", "audio"].flatMap {
            ["final_norm.\($0).weight", "final_norm.\($0).bias"]
        }
        #expect(Set(file.entries.keys) == Set(best.entries.keys).union(norms))
        // A matrix that is turned the wrong way round would show in its shape.
        #expect(try file.tensor("head.classes.weight").shape[0] == 3)
    }

    @Test func configurationSaysWhatWasTrained() throws {
        let run = try SyntheticRun("av-pea", epochs: 1), folder = run.data.run("adapter")
        let summary = try AdapterExport.export(run: run.path, to: folder, replacing: false)
        let configuration = try configuration(folder)
        #expect((configuration["method"] as? [String: Any])?["name"] as? String == "av-pea")
        #expect((configuration["placement"] as? [String: [Int]]) == ["ladder": [1, 2]])
        #expect(configuration["title"] as? String == "av-pea")
        #expect(configuration["exactness"] as? String == "exact")
        #expect(configuration["first_blocks"] == nil)
        #expect(configuration["labels"] as? [String] == ["bark", "bell", "background"])
        let counts = try #require(configuration["parameters"] as? [String: Int])
        let file = try SafeTensors(reading: summary.tensors)
        let sizes = file.entries.filter {
            !$0.key.hasPrefix("final_norm") && !$0.key.hasPrefix("standardisation")
        }
        .mapValues { $0.shape.reduce(1, *) }
        #expect(counts["trainable"] == sizes.values.reduce(0, +))
        #expect(
            counts["head"] == sizes.filter { $0.key.hasPrefix("head.") }.values.reduce(0, +))
        let streams = try #require(configuration["streams"] as? [String: [String: Any]])
        let cache = try run.data.cache()
        for stream in ["visual", "audio"] {
            let found = try #require(streams[stream])
            let recipe = try cache.feature("states-tiny-\(stream)").recipe()
            #expect(found["fingerprint"] as? String == recipe?.fingerprint)
            #expect(found["width"] as? Int == SyntheticCache.width)
            #expect(found["final_norm_epsilon"] as? Double == 1e-6)
            let seam = try #require(found["seam"] as? [[String: Any]])
            #expect(seam.map { $0["layer"] as? Int } == [1, 2, 2])
            #expect(seam.map { $0["tokens"] as? String } == ["patches", "patches", "pooled"])
            #expect(found["pooling"] as? [String: Int] == ["first": 0, "count": 1])
        }
        // Both files belong together, and each says so.
        let text = try String(contentsOfFile: summary.configuration, encoding: .utf8)
        #expect(file.metadata["adapter_config"] == text)
    }

    /// Methods within blocks: which of their matrices are linear maps, and what they declare.
    ///
    /// Prompts are as many as channels, and LoRA's rank is the width: no shape would show a mistake.
    @Test(
        arguments: [
            ("av-pea", ["reduction": 1], .suffix(1), "av-pea@k1", "exact-variant"),
            ("lora", ["rank": 64], .suffix(0), "lora", "exact"),
            (
                "vpt-deep", ["tokens": 64], .suffix(.each([.visual: 2, .audio: 1])),
                "vpt-deep@k(visual 2, audio 1)", "exact-variant"
            ),
            ("dtl", ["rank": 64], .hybrid(.init(below: [0, 1], from: 2)), "dtl", "hybrid"),
            ("adapter", ["hidden": 64], .suffix(1), "adapter@k1", "exact-variant"),
            ("adaptformer", ["hidden": 64], .suffix(1), "adaptformer@k1", "exact-variant"),
            ("vpt-shallow", ["tokens": 64], .suffix(0), "vpt-shallow", "exact"),
            ("norm-tuning", ["biases": true], .suffix(1), "norm-tuning@k1", "exact-variant"),
            (
                "lavish", ["tokens": 64, "groups": 1, "reduction": 1], .suffix(1), "lavish@k1",
                "exact-variant"
            ),
            ("lavish", ["groups": 2, "reduction": 1], .suffix(2), "lavish@k2", "exact-variant"),
        ] as [(String, [String: MethodOption], Placement, String, String)])
    func methodsWithinBlocksAreExported(
        method: String, options: [String: MethodOption], placement: Placement, title: String,
        exactness: String
    ) throws {
        let data = try BackboneCache(), run = data.run("run"), folder = data.run("adapter")
        try data.encode([0, 1, 2], .f32)
        var recipe = TrainingRecipe()
        recipe.method = TrainingRecipe.Method(name: method, options: options)
        recipe.placement = placement
        recipe.features.visual = "states-vit-hf-visual"
        recipe.features.audio = "states-vit-hf-audio"
        recipe.backbones.visual = Reference.path("vit-hf")
        recipe.backbones.audio = Reference.path("vit-hf")
        recipe.head.standardise = false
        recipe.epochs = 1
        _ = try Trainer([(recipe, run)], cache: data.cache(), leavingOut: [], threads: 1)
            .train(resuming: false, isCancelled: { false }, report: { _ in })
        let summary = try AdapterExport.export(run: run, to: folder, replacing: false)
        let best = try SafeTensors(reading: "\(run)/best.safetensors")
        let file = try SafeTensors(reading: summary.tensors)
        for (name, entry) in best.entries where entry.shape.count == 2 {
            let (ours, theirs) = (try best.tensor(name), try file.tensor(name))
            // Tokens are no maps, and grouped maps lie as PyTorch has them.
            let isGrouped = options["groups"] == 2 && ours.shape[1] == 32
            guard !name.hasSuffix(".prompts"), !name.hasSuffix(".latents"), !isGrouped else {
                #expect(theirs == ours, "\(name)")
                continue
            }
            let (inputs, outputs) = (ours.shape[0], ours.shape[1])
            let turned = (0..<inputs * outputs).map {
                ours.elements[$0 % inputs * outputs + $0 / inputs]
            }
            #expect(theirs == Tensor(turned, shape: [outputs, inputs]), "\(name)")
        }
        let statistics = file.entries.keys.filter { $0.contains(".running_") }
        #expect(statistics.isEmpty == (method != "lavish"))
        for name in statistics { #expect(try file.tensor(name) == best.tensor(name)) }
        let found = try configuration(folder)
        #expect(found["couples_samples"] as? Bool == (method == "lavish" ? true : nil))
        #expect(found["title"] as? String == title)
        #expect(found["exactness"] as? String == exactness)
        #expect(found["compute"] as? String == "f32")
        let first = try #require(found["first_blocks"] as? [String: Int])
        #expect(
            first
                == [
                    "visual": placement.firstBlock(.visual), "audio": placement.firstBlock(.audio),
                ].compactMapValues { $0 })
        let backbones = try #require(found["backbones"] as? [String: [String: String]])
        #expect(backbones["audio"]?["name"] == "vit-hf")
        #expect(backbones["audio"]?["weights"]?.count == 16)
    }

    @Test func adapterIsNotReplacedUnasked() throws {
        let run = try SyntheticRun("linear-probe", epochs: 1), folder = run.data.run("a/b/adapter")
        _ = try AdapterExport.export(run: run.path, to: folder, replacing: false)
        let path = run.path
        let error = #expect(throws: TrainingError.self) {
            try AdapterExport.export(run: path, to: folder, replacing: false)
        }
        #expect(error?.kind == .recipe)
        #expect(error?.reason == "there is an adapter already; --force replaces it")
        _ = try AdapterExport.export(run: path, to: folder, replacing: true)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                == ["adapter.safetensors", "adapter_config.json"])
    }

    @Test func runThatDoesNotKnowItsStreamsIsRefused() throws {
        let run = try SyntheticRun("linear-probe", epochs: 1)
        try FileManager.default.removeItem(atPath: "\(run.path)/streams.json")
        let path = run.path, folder = run.data.run("adapter")
        let error = #expect(throws: TrainingError.self) {
            try AdapterExport.export(run: path, to: folder, replacing: false)
        }
        #expect(error?.reason.hasPrefix("it has no streams.json") == true)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
