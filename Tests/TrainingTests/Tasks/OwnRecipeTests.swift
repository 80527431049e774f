import Foundation
import Models
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

    @Test(arguments: TrainingRecipe.Task.allCases)
    func eachMethodHasOne(task: TrainingRecipe.Task) throws {
        let recipes = try Self.names.map(recipe).filter { $0.task == task }
        #expect(Set(recipes.map(\.method.name)) == Set(MethodCatalog.names))
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
    @Test(arguments: names) func recipeIsPlannedAndTrained(name: String) throws {
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
        }
        (recipe.batch, recipe.epochs) = (4, 1)
        let trainer = try Trainer(
            [(recipe, data.run("run"))], cache: data.cache(), leavingOut: [], threads: 1)
        let plan = trainer.plans()[0]
        #expect(plan.memory > 0 && plan.updates > 0 && plan.record.headParameters > 0)
        #expect((plan.record.methodParameters > 0) == (recipe.method.name != "linear-probe"))
        let result = try trainer.train(resuming: false, isCancelled: { false }, report: { _ in })[0]
        #expect(result.bestEpoch == 1)
    }

    private static func halved(_ placement: Placement) -> Placement {
        func halved(_ layers: PerStream<[Int]>) -> PerStream<[Int]> {
            switch layers {
            case .all(let layers): .all(Set(layers.map { $0 / 2 }).sorted())
            case .each(let layers):
                .each(
                    Dictionary(
                        uniqueKeysWithValues: layers.map { stream, layers in
                            (stream, layers.map { $0 / (stream == .text ? 4 : 2) })
                        }))
            }
        }
        return switch placement {
        case .head: .head
        case .ladder(let layers): .ladder(halved(layers))
        case .suffix(let first): .suffix(.all(first.values[0] / 2))
        case .hybrid(let hybrid):
            .hybrid(.init(below: halved(hybrid.below), from: .all(hybrid.from.values[0] / 2)))
        }
    }
}
