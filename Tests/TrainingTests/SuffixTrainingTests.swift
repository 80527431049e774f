import Foundation
import Models
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

/// Methods in blocks that run in the trainer, from caches that the encode pipeline has made.
@Suite struct SuffixTrainingTests {
    /// A new method within blocks is one word here.
    static let methods = [
        "av-pea", "lora", "vpt-deep", "vpt-shallow", "adapter", "adaptformer", "norm-tuning",
        "lavish", "copl", "lstta",
    ]

    /// Options of methods that are too large, or need what is not here, with their own.
    static let options: [String: [String: MethodOption]] = [
        "vpt-deep": ["tokens": 3], "vpt-shallow": ["tokens": 3], "adapter": ["hidden": 6],
        "adaptformer": ["hidden": 6],
        "copl": ["specificTokens": 3, "bankSize": 4, "rank": 3],
        "lstta": ["width": 8, "language": "off"],
    ]

    private func recipe(
        _ method: String, _ placement: Placement = .suffix(1), backbone: String = "vit-hf"
    ) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.method = TrainingRecipe.Method(
            name: method, options: Self.options[method] ?? [:])
        recipe.placement = placement
        recipe.features.visual = "states-\(backbone)-visual"
        recipe.features.audio = "states-\(backbone)-audio"
        recipe.backbones.visual = Reference.path(backbone)
        recipe.backbones.audio = Reference.path(backbone)
        recipe.head.standardise = false
        recipe.optimizer.learningRate = 1e-2
        recipe.optimizer.headLearningRate = 1e-2
        recipe.batch = 3
        recipe.epochs = 10
        recipe.patience = 10
        return recipe
    }

    private func files(_ data: BackboneCache, run: String) throws -> [Data] {
        try ["best.safetensors", "last.safetensors", "metrics.jsonl"].map {
            try Data(contentsOf: URL(filePath: "\(data.run(run))/\($0)"))
        }
    }

    @discardableResult
    private func train(
        _ recipe: TrainingRecipe, _ data: BackboneCache, run: String, threads: Int = 1,
        resuming: Bool = false, steps: Int = .max
    ) throws -> Trainer.Result {
        let trainer = try Trainer(
            [(recipe, data.run(run))], cache: try data.cache(), leavingOut: [], threads: threads)
        var taken = 0
        return try trainer.train(
            resuming: resuming, isCancelled: { taken >= steps },
            report: { if case .stepped = $0 { taken += 1 } })[0]
    }

    private func task(_ recipe: TrainingRecipe) -> any LearningTask {
        EventLocalisation(
            recipe, vocabulary: ["bark", "bell"], segments: BackboneCache.segments,
            segmentDuration: 1)
    }

    /// Takes AdamW steps on batches from somewhere; returns parameters and the optimiser's state.
    private func steps(
        _ count: Int, _ recipe: TrainingRecipe, _ streams: StreamSet,
        _ batch: ([Int]) throws -> Batch
    ) throws -> [(name: String, value: Tensor)] {
        let model = try TaskModel(recipe, streams: streams, task: task(recipe))
        let optimizer = AdamW([
            ParameterGroup(model.parameters, learningRate: 1e-2, weightDecay: 0.01)
        ])
        for step in 0..<count {
            let indices = [step % 7, (step + 3) % 7], batch = try batch(indices)
            optimizer.zeroGradients()
            withTape { tape in
                let loaded = LoadedBatch(states: batch)
                tape.backward(
                    from: model.scores(loaded) { tape.constant($0) }.softmaxCrossEntropy(
                        targets: indices.flatMap { [$0 % 2, 2] }))
            }
            _ = clipGradientNorm(optimizer.parameters, maximum: 1)
            optimizer.step()
        }
        return (model.parameters + model.buffers).map { ($0.name, $0.value) } + optimizer.state
    }

    /// The same steps with the prefix run live, from pictures that never were in a cache.
    @Test(arguments: methods + ["dtl"], ["vit-hf", "swin-hf"])
    func cachedIsOnline(method: String, backbone: String) throws {
        let data = try BackboneCache()
        // DTL also reads the blocks below, of a Swin Transformer those of the same stage.
        let below = method == "dtl" ? (backbone == "swin-hf" ? [2] : [0, 1]) : []
        let layers = below + [(below.last ?? 1) + 1]
        try data.encode(layers, folder: backbone)
        let seam = PerStream.all(layers[layers.count - 1])
        let recipe = recipe(
            method,
            below.isEmpty ? .suffix(seam) : .hybrid(.init(below: .all(below), from: seam)),
            backbone: backbone)
        let streams = try StreamSet(data.cache(), recipe, operation: "test")
        let cached = try CachedSamples(
            data.cache(), split: "train", streams: streams, task: task(recipe), leavingOut: [],
            operation: "test")
        let fromCache = try steps(20, recipe, streams) { try cached.batch($0, nil) }

        let models = try [Models.Stream.visual: BackboneInput.Kind.pictures, .audio: .spectrograms]
            .filter { streams.readers[$0.key] != nil }
            .mapValues { try BackboneCatalog.load(Reference.path(backbone), reading: $0).model }
        let online = try steps(20, recipe, streams) { indices in
            var batch = Batch(streams: [:])
            for (stream, model) in models {
                let worker = model.makeWorker()
                var rows = [[Float]](repeating: [], count: layers.count), shape: [Int] = []
                for index in indices {
                    for segment in 0..<BackboneCache.segments {
                        let sample = data.samples[index]
                        let input: BackboneInput =
                            stream == .visual
                            ? .picture(
                                rgb: BackboneCache.pixels(of: sample, segment),
                                height: BackboneCache.side, width: BackboneCache.side)
                            : .spectrogram(BackboneCache.window(of: sample, segment))
                        worker.forEachState(of: input, layers: Set(layers)) { layer, state in
                            rows[layer - layers[0]] += HalfPrecision.widen(
                                HalfPrecision.narrow(state.elements).bits)
                            shape = state.shape
                        }
                    }
                }
                let count = indices.count * BackboneCache.segments
                var tensors = StreamTensors()
                tensors.layers = rows.map { Tensor($0, shape: [count] + shape) }
                batch.streams[stream] = tensors
            }
            return batch
        }
        #expect(fromCache.map(\.name) == online.map(\.name))
        for (a, b) in zip(fromCache, online) { #expect(a.value == b.value, "\(a.name)") }
        let moved = fromCache.contains {
            ($0.name.hasPrefix("block.") || $0.name.hasPrefix("boundary."))
                && $0.value.elements.contains { $0 != 0 }
        }
        #expect(moved)
    }

    @Test(arguments: methods)
    func runLearnsAndResumes(method: String) throws {
        let data = try BackboneCache()
        try data.encode([1])
        let result = try train(recipe(method), data, run: "whole")
        #expect(result.bestAccuracy >= 0.5)
        let cut = try train(recipe(method), data, run: "cut", threads: 2, steps: 8)
        #expect(cut.wasCancelled)
        try train(recipe(method), data, run: "cut", threads: 3, resuming: true)
        #expect(try files(data, run: "cut") == files(data, run: "whole"))
        let test = try Evaluation.evaluate(
            run: data.run("whole"), cache: data.cache(), split: "test", leavingOut: [], threads: 1)
        #expect(test.accuracy.count == 6)
        let record = try RunFolder(data.run("whole")).record()
        #expect(record.title == "\(method)@k1")
        #expect(record.couplesSamples == (method == "lavish" ? true : nil))
    }

    /// Running statistics are a part of checkpoints: what is loaded is judged as it was in training.
    @Test func statisticsOfBatchesAreKept() throws {
        let data = try BackboneCache()
        try data.encode([1])
        let recipe = recipe("lavish")
        let result = try train(recipe, data, run: "run")
        let val = try Evaluation.evaluate(
            run: data.run("run"), cache: data.cache(), split: "val", leavingOut: [], threads: 1)
        #expect(val.accuracy.value == result.bestAccuracy)

        let streams = try StreamSet(data.cache(), recipe, operation: "test")
        let samples = try CachedSamples(
            data.cache(), split: "val", streams: streams, task: task(recipe), leavingOut: [],
            operation: "test")
        let batch = LoadedBatch(states: try samples.batch([0, 1], nil))
        func scores(_ model: TaskModel) -> Tensor {
            withTape(recording: false) { tape in
                model.scores(batch) { tape.constant($0) }.value
            }
        }
        let model = try TaskModel(recipe, streams: streams, task: task(recipe))
        let file = try SafeTensors(reading: "\(data.run("run"))/best.safetensors")
        _ = try Checkpoint.restore(model, from: file)
        let trained = scores(model)
        #expect(model.buffers.count == 2 * 4 * 2 * 2)
        for buffer in model.buffers {
            #expect(try file.tensor(buffer.name) == buffer.value)
            let isMean = buffer.name.hasSuffix("running_mean")
            #expect(buffer.value.elements.contains { $0 != (isMean ? 0 : 1) })
        }
        let path = "\(data.run("run"))/again.safetensors"
        try Checkpoint(model, nil).write(to: path, epoch: 1)
        let other = try TaskModel(recipe, streams: streams, task: task(recipe))
        #expect(scores(other) != trained)
        _ = try Checkpoint.restore(other, from: SafeTensors(reading: path))
        #expect(scores(other) == trained)
    }

    @Test func hybridIsTrained() throws {
        let data = try BackboneCache()
        try data.encode([0, 1, 2])
        let placement = Placement.hybrid(.init(below: .all([0, 1]), from: 2))
        try train(recipe("dtl", placement), data, run: "dtl", steps: 3)
    }

    /// A ladder beside a Swin Transformer taps stages of several widths.
    @Test func ladderClimbsBesideStagesOfSeveralWidths() throws {
        let data = try BackboneCache()
        try data.encode([1, 3, 5, 6], folder: "swin-hf")
        let recipe = recipe("av-pea", .ladder([1, 3, 5]), backbone: "swin-hf")
        let result = try train(recipe, data, run: "ladder")
        #expect(result.bestAccuracy >= 0.5)
        let streams = try StreamSet(data.cache(), recipe, operation: "test")
        #expect(streams.shapes[.visual]?.widths == [0, 16, 0, 32, 0, 64])
        let model = try TaskModel(recipe, streams: streams, task: task(recipe))
        let maps = model.parameters.filter { $0.name.hasSuffix("visual.patch.weight") }
        #expect(maps.map(\.value.shape) == [[16, 128], [32, 128], [64, 128]])
    }

    /// A third stream, whose rows are texts of several lengths.
    @Test(arguments: ["lora", "av-pea"])
    func textFlowsThroughSuffixAndLadder(method: String) throws {
        let data = try BackboneCache()
        try data.encode([1, 3], text: [2, 3])
        var recipe = recipe(
            method, .suffix(.each([.visual: 1, .audio: 1, .text: 2])))
        recipe.features.text = "text-bert"
        recipe.backbones.text = Reference.path("bert")
        recipe.epochs = 2
        let result = try train(recipe, data, run: "suffix")
        #expect(result.bestEpoch > 0)
        let streams = try StreamSet(data.cache(), recipe, operation: "test")
        let samples = try CachedSamples(
            data.cache(), split: "train", streams: streams, task: task(recipe), leavingOut: [],
            operation: "test")
        let batch = try samples.batch([0, 1], nil)
        let lengths = try #require(batch.streams[.text]?.lengths).elements
        #expect(lengths[0] < lengths[1] && batch.streams[.text]?.layers[0].shape[0] == 2)
        #expect(batch.streams[.visual]?.layers[0].shape[0] == 4)

        guard method == "av-pea" else { return }
        recipe.placement = .ladder([1, 3])
        try train(recipe, data, run: "ladder")
        let model = try TaskModel(
            recipe, streams: StreamSet(data.cache(), recipe, operation: "test"), task: task(recipe))
        #expect(model.head.parameters[0].value.shape == [64 + 64 + 48, 3])
    }

    /// Which states are read is a matter of the declaration, and none of them depends on a parameter.
    @Test(arguments: methods)
    func seamsDoNotDependOnParameters(method: String) throws {
        let data = try BackboneCache()
        try data.encode([1])
        let streams = try StreamSet(data.cache(), recipe(method), operation: "test")
        #expect(streams.declaration.seams[.visual] == [.init(layer: 1, tokens: .all)])
        let samples = try CachedSamples(
            data.cache(), split: "train", streams: streams, task: task(recipe(method)),
            leavingOut: [], operation: "test")
        let before = try samples.batch([0, 1], nil)
        _ = try steps(2, recipe(method), streams) { try samples.batch($0, nil) }
        let after = try samples.batch([0, 1], nil)
        for stream in [Models.Stream.visual, .audio] {
            #expect(before.streams[stream]?.layers == after.streams[stream]?.layers)
        }
    }

    private func refusal(_ recipe: TrainingRecipe, _ data: BackboneCache) -> TrainingError? {
        #expect(throws: TrainingError.self) { try train(recipe, data, run: "refused") }
    }

    @Test func backboneMustBeThatOfTheStates() throws {
        let data = try BackboneCache()
        try data.encode([1])
        var other = recipe("lora")
        other.backbones.visual = Reference.path("vit-hf-odd")
        let error = try #require(refusal(other, data))
        #expect(error.kind == .cache)
        #expect(error.reason.contains("feature 'states-vit-hf-visual' is not of backbone"))
        #expect(error.reason.contains("weights is \""))
        other.backbones.visual = ""
        let missing = try #require(refusal(other, data))
        #expect(missing.kind == .recipe)
        #expect(missing.reason.contains("name its checkpoint as backbones.visual"))
    }

    @Test func whatDoesNotFitTogetherIsRefused() throws {
        let data = try BackboneCache()
        try data.encode([1], tokens: .grid(rows: 2, columns: 2))
        let pooled = try #require(refusal(recipe("lora"), data))
        #expect(pooled.kind == .cache && pooled.reason.contains("encode with --tokens all"))
        let head = try #require(refusal(recipe("lora", .head), data))
        #expect(head.kind == .recipe && head.reason.contains("use placement suffix"))
        let deep = try #require(refusal(recipe("lora", .suffix(7)), data))
        #expect(deep.kind == .recipe && deep.reason.contains("has blocks 0 to 2"))
        let layer = try #require(refusal(recipe("lora", .suffix(2)), data))
        #expect(layer.kind == .cache && layer.reason.contains("has no layer 2 (has: 1)"))
        var standardised = recipe("lora")
        standardised.head.standardise = true
        #expect(refusal(standardised, data)?.reason.contains("head.standardise") == true)
    }
}
