import Foundation
import Models
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

/// The recipes that come with the program.
@Suite struct OwnRecipeTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../manifests/recipes").standardizedFileURL.path()

    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()

    private func recipe(_ name: String) throws -> TrainingRecipe {
        try TrainingRecipe(reading: "\(Self.folder)/\(name)")
    }

    /// At each placement that it has.
    @Test(arguments: TrainingRecipe.Task.allCases)
    func eachMethodHasOne(task: TrainingRecipe.Task) throws {
        let recipes = try Self.names.map(recipe).filter { $0.task == task }
        let shape = StreamShape(widths: Array(repeating: 160, count: 6))
        let placements: [Placement] = [
            .head, .ladder([2, 4]), .suffix(4), .hybrid(.init(below: .all([0, 1]), from: 2)),
        ]
        let possible = MethodCatalog.names.flatMap { name in
            placements.filter { placement in
                (try? MethodCatalog.declare(
                    MethodCatalog.Choice(name: name), placement: placement,
                    streams: [.visual: shape, .audio: shape, .text: shape])) != nil
            }.map { "\(name) \($0.name)" }
        }
        // Frozen streams are cheaper as states than as blocks.
        #expect(
            Set(recipes.map { "\($0.method.name) \($0.placement.name)" })
                == Set(possible).subtracting(["linear-probe suffix"]))
        #expect(
            Set(recipes.map(\.head.name)).isSuperset(of: HeadCatalog.names(of: task))
        )
    }

    /// Their layers are those of six blocks, and of twelve of a text.
    @Test(arguments: names) func layersAreThoseOfTheSmallBackbone(name: String) throws {
        let recipe = try recipe(name)
        var streams: [Models.Stream: StreamShape] = [:]
        for stream in recipe.features.names.keys {
            streams[stream] = StreamShape(
                widths: Array(repeating: 160, count: stream == .text ? 12 : 6))
        }
        _ = try MethodCatalog.declare(
            recipe.method.choice, placement: recipe.placement, streams: streams, segments: 10)
    }

    /// An epoch on states of three blocks, to whose layers those of six are brought.
    @Test(arguments: names) func recipeIsPlannedTrainedAndExported(name: String) throws {
        let data = try BackboneCache()
        try data.encode([0, 1, 2, 3], text: [1, 2, 3])
        var recipe = try recipe(name)
        recipe.placement = Self.halved(recipe.placement)
        if !recipe.features.visual.isEmpty {
            recipe.features.visual = "states-vit-hf-visual"
            recipe.features.audio = "states-vit-hf-audio"
        }
        if recipe.placement.runsBlocks {
            recipe.backbones.visual = Reference.path("vit-hf")
            recipe.backbones.audio = Reference.path("vit-hf")
            if !recipe.backbones.text.isEmpty { recipe.backbones.text = Reference.path("bert") }
        }
        (recipe.batch, recipe.epochs) = (4, 1)
        let trainer = try Trainer(
            [(recipe, data.run("run"))], cache: data.cache(), leavingOut: [], threads: 1)
        let plan = trainer.plans()[0]
        #expect(plan.memory > 0 && plan.updates > 0 && plan.record.headParameters > 0)
        #expect((plan.record.methodParameters > 0) == (recipe.method.name != "linear-probe"))
        let result = try trainer.train(resuming: false, isCancelled: { false }, report: { _ in })[0]
        #expect(result.bestEpoch == 1)
        let best = try SafeTensors(reading: "\(data.run("run"))/best.safetensors")
        try expectExported(best, recipe, data)
        try expectWidthsAreChecked(best, recipe, data)
    }

    /// What is exported is what was trained, maps as PyTorch has them.
    private func expectExported(
        _ best: SafeTensors, _ recipe: TrainingRecipe, _ data: BackboneCache
    ) throws {
        let summary = try AdapterExport.export(
            run: data.run("run"), to: data.run("adapter"), replacing: false)
        let file = try SafeTensors(reading: summary.tensors)
        #expect(Set(file.entries.keys).isSuperset(of: best.entries.keys))
        // Heads are many and large; those of frozen streams are enough.
        for (name, entry) in best.entries
        where recipe.method.name == "linear-probe" || !name.hasPrefix("head.") {
            let value = try best.tensor(name)
            // Tables of words are no maps, and maps in groups lie as PyTorch has them.
            let isTable = name == "head.question.words.weight"
            let isGrouped = recipe.method.name == "lavish" && name.hasPrefix("block.")
            let isMap =
                entry.shape.count == 2 && name.contains(".weight") && !isTable && !isGrouped
            #expect(try file.tensor(name) == (isMap ? value.transposed : value), "\(name)")
        }
    }

    /// Parameters of another width are refused by name.
    private func expectWidthsAreChecked(
        _ best: SafeTensors, _ recipe: TrainingRecipe, _ data: BackboneCache
    ) throws {
        let source = try TrainingData(
            data.cache(), recipe, leavingOut: [], number: 0, operation: "test")
        let model = try TaskModel(recipe, streams: source.streams, task: source.task)
        _ = try Checkpoint.restore(model, from: best)
        let parameters = model.method.parameters
        for wrong in [parameters.first, parameters.last].compactMap(\.self) {
            let tensors = try parameters.map { parameter in
                let value = try best.tensor(parameter.name), width = value.shape.last ?? 0
                let wider = Tensor(shape: value.shape.dropLast() + [width + 1])
                return (parameter.name, parameter === wrong ? wider : value)
            }
            let path = data.run("wrong.safetensors")
            try AtomicFile.write(SafeTensors.encode(tensors), to: path)
            let error = #expect(throws: TrainingError.self) {
                try Checkpoint.restore(model, from: SafeTensors(reading: path))
            }
            #expect(error?.reason.hasPrefix("'\(wrong.name)' has shape") == true)
        }
    }

    /// Layers of six blocks as those of three, and of a text's twelve as those of its three.
    private static func halved(_ placement: Placement) -> Placement {
        func map<Value>(
            _ values: PerStream<Value>, _ change: (Value, Int) -> Value
        ) -> PerStream<Value> {
            switch values {
            case .all(let value): .all(change(value, 2))
            case .each(let values):
                .each(
                    Dictionary(
                        uniqueKeysWithValues: values.map { stream, value in
                            (stream, change(value, stream == .text ? 4 : 2))
                        }))
            }
        }
        func layers(_ layers: PerStream<[Int]>) -> PerStream<[Int]> {
            map(layers) { layers, part in Set(layers.map { $0 / part }).sorted() }
        }
        return switch placement {
        case .head: .head
        case .ladder(let taps): .ladder(layers(taps))
        case .suffix(let first): .suffix(map(first, /))
        case .hybrid(let hybrid):
            .hybrid(.init(below: layers(hybrid.below), from: map(hybrid.from, /)))
        }
    }
}
