import Foundation
import Models
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct TrainerTests {
    static let methods = ["linear-probe", "av-pea"]

    private func recipe(_ method: String, epochs: Int = 6) -> TrainingRecipe {
        TrainingBench.recipe(method, epochs: epochs)
    }

    @discardableResult
    private func train(
        _ recipe: TrainingRecipe, _ data: SyntheticCache, run: String, resuming: Bool = false,
        leavingOut absent: Set<String> = [], steps: Int = .max
    ) throws -> Trainer.Result {
        try TrainingBench(data).train(recipe, run: run, leavingOut: absent) {
            $0.isResuming = resuming
            $0.updates = steps
        }
    }

    private func files(_ data: SyntheticCache, run: String) throws -> [Data] {
        try TrainingBench(data).files(of: run)
    }

    @Test(arguments: methods)
    func labelsThatCanBeToldAreLearned(method: String) throws {
        let data = try SyntheticCache()
        var recipe = recipe(method, epochs: 40)
        recipe.patience = 40
        let result = try train(recipe, data, run: "run")
        #expect(result.bestAccuracy > 0.9)
        let val = try Evaluation.evaluate(
            run: data.run("run"), cache: try data.cache(), split: "val", leavingOut: [], threads: 1)
        #expect(val.accuracy.value == result.bestAccuracy && val.epoch == result.bestEpoch)
        let test = try Evaluation.evaluate(
            run: data.run("run"), cache: try data.cache(), split: "test", leavingOut: [], threads: 1
        )
        #expect(test.accuracy.value > 0.8)
        #expect(test.accuracy.chance == 0.5)
        #expect(test.accuracy.count == 16)
    }

    @Test func storedRecipeMustBeWhole() throws {
        let data = try SyntheticCache()
        try train(recipe("linear-probe", epochs: 1), data, run: "run")
        try Data().write(to: URL(filePath: "\(data.run("run"))/recipe.yaml"))
        let cache = try data.cache(), run = data.run("run")
        let error = #expect(throws: TrainingError.self) {
            try Evaluation.evaluate(
                run: run, cache: cache, split: "val", leavingOut: [], threads: 1)
        }
        #expect(error?.reason == "it is not what avprep wrote there")
    }

    @Test func seedsGiveDifferentRuns() throws {
        let data = try SyntheticCache()
        var other = recipe("av-pea")
        other.seed = 1
        try train(recipe("av-pea"), data, run: "0")
        try train(other, data, run: "1")
        #expect(try files(data, run: "0")[0] != files(data, run: "1")[0])
    }

    @Test func impatienceEndsTheRun() throws {
        let data = try SyntheticCache()
        var recipe = recipe("linear-probe", epochs: 200)
        recipe.patience = 3
        let result = try train(recipe, data, run: "run")
        let lines = try String(contentsOfFile: "\(data.run("run"))/metrics.jsonl", encoding: .utf8)
        #expect(lines.split(separator: "\n").count == result.bestEpoch + 3)
    }

    @Test func clipWithoutStatesIsRefusedUnlessLeftOut() throws {
        let data = try SyntheticCache(absent: ["clip3", "clip15"])
        let error = #expect(throws: TrainingError.self) {
            try train(recipe("linear-probe"), data, run: "run")
        }
        #expect(error?.kind == .cache)
        #expect(
            error?.reason.contains("1 clips of split train lack token states, such as clip3")
                == true)
        try train(recipe("linear-probe"), data, run: "run", leavingOut: ["clip3", "clip15"])
        let path = "\(data.run("run"))/run.json"
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains(#""leftOut":["clip3"]"#))
        let cache = try data.cache(), run = data.run("run")
        #expect(throws: TrainingError.self) {
            try Evaluation.evaluate(
                run: run, cache: cache, split: "test", leavingOut: [], threads: 1)
        }
        let result = try Evaluation.evaluate(
            run: run, cache: cache, split: "test", leavingOut: ["clip15"], threads: 1)
        #expect(result.samples == 3 && result.leftOut == 1)
    }

    @Test func lossThatIsNotFiniteStopsTheRun() throws {
        let data = try SyntheticCache(nan: "clip4")
        var recipe = recipe("av-pea")
        recipe.batch = 10
        let error = #expect(throws: TrainingError.self) { try train(recipe, data, run: "run") }
        #expect(error?.operation == "take step 1")
        #expect(error?.reason.contains("not finite, with samples") == true)
    }

    @Test func missingLayerAndFeatureAreNamed() throws {
        let data = try SyntheticCache()
        var recipe = recipe("av-pea")
        recipe.placement = .ladder([0, 1])
        let layer = #expect(throws: TrainingError.self) { try train(recipe, data, run: "run") }
        #expect(layer?.reason == "feature 'states-tiny-visual' has no layer 0 (has: 1, 2)")
        recipe.features.visual = "states-big-visual"
        let feature = #expect(throws: TrainingError.self) { try train(recipe, data, run: "run") }
        #expect(feature?.reason.hasPrefix("it has no feature 'states-big-visual'") == true)
        #expect(feature?.kind == .cache)
    }

    @Test func secondRunInAFolderIsRefused() throws {
        let data = try SyntheticCache()
        try train(recipe("linear-probe", epochs: 1), data, run: "run")
        let again = #expect(throws: TrainingError.self) {
            try train(recipe("linear-probe", epochs: 1), data, run: "run")
        }
        #expect(again?.reason == "there is a run already; continue it with --resume")
        let other = #expect(throws: TrainingError.self) {
            try train(recipe("linear-probe", epochs: 2), data, run: "run", resuming: true)
        }
        #expect(
            other?.reason.hasPrefix("it was started with another recipe: recipe.epochs is") == true)
    }

    @Test func otherCacheIsRefusedForEvaluation() throws {
        let data = try SyntheticCache()
        try train(recipe("linear-probe", epochs: 1), data, run: "run")
        let feature = try data.cache().feature("states-tiny-audio")
        try FileManager.default.removeItem(atPath: feature.path)
        try FileManager.default.copyItem(
            atPath: data.cache().feature("states-tiny-visual").path, toPath: feature.path)
        let cache = try data.cache(), run = data.run("run")
        let error = #expect(throws: TrainingError.self) {
            try Evaluation.evaluate(
                run: run, cache: cache, split: "val", leavingOut: [], threads: 1)
        }
        #expect(error?.kind == .cache)
        #expect(error?.reason.contains("trained on audio states of fingerprint") == true)
    }
}
