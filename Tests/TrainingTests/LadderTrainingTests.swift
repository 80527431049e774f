import Foundation
import Models
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

/// Side networks, trained from caches that the encode pipeline has made.
@Suite struct LadderTrainingTests {
    private static let methods = ["lst", "unipt", "mettle", "molt"]

    private func recipe(
        _ method: String, _ options: [String: MethodOption] = [:],
        _ placement: Placement = .ladder([]),
        backbone: String = "vit-hf"
    ) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.method = TrainingRecipe.Method(name: method, options: options)
        recipe.placement = placement
        recipe.features.visual = "states-\(backbone)-visual"
        recipe.features.audio = "states-\(backbone)-audio"
        recipe.head.standardise = false
        recipe.optimizer.learningRate = 1e-2
        recipe.optimizer.headLearningRate = 1e-2
        recipe.batch = 4
        recipe.epochs = 4
        recipe.patience = 10
        return recipe
    }

    /// Trains; the loss of the first update.
    @discardableResult
    private func train(
        _ recipe: TrainingRecipe, _ data: BackboneCache, run: String, threads: Int = 1,
        resuming: Bool = false, steps: Int = .max
    ) throws -> Double {
        let trainer = try Trainer(
            [(recipe, data.run(run))], cache: try data.cache(), leavingOut: [], threads: threads)
        var losses: [Double] = []
        _ = try trainer.train(
            resuming: resuming, isCancelled: { losses.count >= steps },
            report: { if case .stepped(_, _, _, _, let loss) = $0 { losses.append(loss) } })
        return losses.first ?? .nan
    }

    private func task(_ recipe: TrainingRecipe) -> any LearningTask {
        EventLocalisation(
            recipe, vocabulary: ["bark", "bell"], segments: BackboneCache.segments,
            segmentDuration: 1)
    }

    private func best(_ data: BackboneCache, run: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(data.run(run))/best.safetensors"))
    }

    @Test(arguments: methods + ["av-pea", "copl", "lstta"])
    func runResumesAndIsEvaluated(method: String) throws {
        let data = try BackboneCache()
        try data.encode([0, 1, 2, 3])
        let recipe = recipe(
            method, method == "lstta" ? ["language": "off"] : [:],
            Self.methods.contains(method) ? .ladder([]) : .ladder([1, 3]))
        try train(recipe, data, run: "whole")
        try train(recipe, data, run: "cut", threads: 2, steps: 3)
        try train(recipe, data, run: "cut", threads: 3, resuming: true)
        #expect(try best(data, run: "cut") == best(data, run: "whole"))
        let test = try Evaluation.evaluate(
            run: data.run("whole"), cache: data.cache(), split: "test", leavingOut: [], threads: 1)
        #expect(test.accuracy.count == 6)
        let record = try RunFolder(data.run("whole")).record()
        #expect(record.title == method && record.methodParameters > 0)
    }

    /// Stages of several widths; LST, which adds token by token, needs as many tokens of each.
    @Test(arguments: methods)
    func itClimbsBesideStagesOfSeveralWidths(method: String) throws {
        let data = try BackboneCache()
        let isEven = method == "lst"
        try data.encode(
            Array(0...6), folder: "swin-hf", tokens: isEven ? .grid(rows: 2, columns: 2) : .all)
        let recipe = recipe(method, backbone: "swin-hf")
        try train(recipe, data, run: "swin")
        let streams = try StreamSet(data.cache(), recipe, operation: "test")
        let model = try TaskModel(recipe, streams: streams, task: task(recipe))
        let part = ["lst": "down", "unipt": "map", "mettle": "read", "molt": "map"][method] ?? ""
        let maps = model.parameters.filter { $0.name.hasSuffix("visual.\(part).weight") }
        let widths = [
            "lst": [16, 16, 32, 64], "unipt": [16, 16, 32, 32, 64, 64, 64],
            "mettle": [16, 16, 32, 32, 64, 64], "molt": [32, 32, 64, 64],
        ]
        #expect(maps.map { $0.value.shape[0] } == widths[method])
    }

    /// Layers of several widths and numbers of tokens are put together as they are read.
    @Test func augmentationKeepsStagesApart() throws {
        let data = try BackboneCache()
        try data.encode(Array(0...6), folder: "swin-hf")
        var recipe = recipe("mettle", backbone: "swin-hf")
        let plain = try train(recipe, data, run: "plain", steps: 1)
        // Too small to change a number, so that only the way of the states is another.
        recipe.augmentation.channelScale = 1e-30
        #expect(try train(recipe, data, run: "same", steps: 1) == plain)
        recipe.augmentation.tokenDropping = 0.3
        #expect(try train(recipe, data, run: "dropped", steps: 1) != plain)
    }

    @Test func tokensOfOtherStagesAreRefusedByLST() throws {
        let data = try BackboneCache()
        try data.encode(Array(0...6), folder: "swin-hf")
        let error = #expect(throws: TrainingError.self) {
            try train(recipe("lst", backbone: "swin-hf"), data, run: "refused")
        }
        #expect(error?.kind == .recipe)
        #expect(error?.reason.contains("encode with --tokens grid:RxC") == true)
    }

    /// Heads are as wide as what the method returns, and a text is beside it as the backbone has it.
    @Test(arguments: [("lst", 64), ("unipt", 64), ("mettle", 6), ("molt", 6)])
    func headsReadWhatMethodsReturn(method: String, width: Int) throws {
        let data = try BackboneCache()
        try data.encode([0, 1, 2, 3], text: [3])
        let options: [String: MethodOption] =
            width == 6 ? ["outputs": 6, "width": 8, "tokens": 2] : [:]
        var recipe = recipe(method, options)
        recipe.features.text = "text-bert"
        try train(recipe, data, run: "text", steps: 3)
        let streams = try StreamSet(data.cache(), recipe, operation: "test")
        let model = try TaskModel(recipe, streams: streams, task: task(recipe))
        #expect(model.head.parameters[0].value.shape[0] == 2 * width + 48)
    }

    /// What is not read cannot be standardised.
    @Test func finalStatesThatAreNotReadAreNotStandardised() throws {
        let data = try BackboneCache()
        try data.encode([0, 1, 2, 3])
        for method in Self.methods {
            var recipe = recipe(method)
            recipe.head.standardise = true
            guard ["mettle", "molt"].contains(method) else {
                try train(recipe, data, run: method, steps: 2)
                continue
            }
            let error = #expect(throws: TrainingError.self) {
                try train(recipe, data, run: method)
            }
            #expect(error?.kind == .recipe)
            #expect(
                error?.reason.contains("head.standardise is true, and method \(method)") == true)
        }
    }

    private static func orthogonality(_ weight: Double) -> [String: MethodOption] {
        ["orthogonality": .number(weight), "width": 8, "tokens": 2, "outputs": 6]
    }

    /// What a method adds to the loss is trained on, and evaluation knows nothing of it.
    @Test func penaltiesAreAddedToTheLoss() throws {
        let data = try BackboneCache()
        try data.encode([0, 1, 2, 3])
        func run(_ weight: Double) throws -> (loss: Double, best: Data) {
            let name = "weight-\(weight)"
            let loss = try train(recipe("molt", Self.orthogonality(weight)), data, run: name)
            return (loss, try best(data, run: name))
        }
        let (none, one, two) = try (run(0), run(0.5), run(1))
        #expect(one.loss - none.loss > 1e-2 && one.best != none.best)
        #expect(abs((two.loss - none.loss) / (one.loss - none.loss) - 2) < 1e-4)

        let streams = try StreamSet(
            data.cache(), recipe("molt", Self.orthogonality(1)), operation: "test")
        let molt = task(recipe("molt", Self.orthogonality(1)))
        let model = try TaskModel(
            recipe("molt", Self.orthogonality(1)), streams: streams, task: molt)
        let samples = try CachedSamples(
            data.cache(), split: "train", streams: streams, task: molt, leavingOut: [],
            operation: "test")
        let batch = try samples.batch([0, 1], nil)
        withTape(recording: false) { tape in
            let penalties = model.adapted(batch) { tape.constant($0) }.penalties
            #expect(penalties.count == 1 && penalties[0].shape == [])
            let scores = model.scores(LoadedBatch(states: batch)) { tape.constant($0) }
            #expect(scores.shape == [4, 3])
        }
    }

    /// An update in parts has the penalty once, as a mean over all of its rows.
    @Test func penaltiesOfPartsAreThoseOfTheWhole() throws {
        let data = try BackboneCache()
        try data.encode([0, 1, 2, 3])
        var parts = recipe("molt", Self.orthogonality(1))
        parts.epochs = 1
        // Adam would make steps of the rounding of parameters that have no effect.
        parts.optimizer.name = .sgd
        let whole = parts
        // Of 4 samples parts of 2 and 2; of the last 3, of 2 and 1.
        parts.accumulation = 2
        let losses = try [train(whole, data, run: "whole"), train(parts, data, run: "parts")]
        #expect(abs(losses[0] - losses[1]) < 1e-5 * losses[0])
        let files = try ["whole", "parts"].map {
            try SafeTensors(reading: "\(data.run($0))/best.safetensors")
        }
        for name in files[0].entries.keys where !name.hasPrefix("optimizer.") {
            let (a, b) = (try files[0].tensor(name), try files[1].tensor(name))
            #expect(relativeError(b, a) < 1e-5, "\(name)")
        }
    }
}
