import Models
import Neural
import Storage
import Tensors

/// A method and a head: from cached states to scores of each segment.
struct EventModel: Module {
    let method: any Method
    let head: any Head

    var parameters: [Parameter] { method.parameters + head.parameters }

    /// Creates the model of a recipe with fresh parameters, drawn from the recipe's seed.
    ///
    /// `classes` counts background in.
    ///
    /// - Throws: ``TrainingError`` or ``MethodCatalog/Error`` if the recipe's parts do not fit.
    init(_ recipe: TrainingRecipe, streams: StatePair, classes: Int) throws {
        var generator = SplitMix64(seed: UInt64(recipe.seed))
        let choice = MethodCatalog.Choice(name: recipe.method.name, width: recipe.method.width)
        method = try MethodCatalog.make(
            choice, placement: recipe.placement, visual: streams.visual.width,
            audio: streams.audio.width, using: &generator)
        head = try HeadCatalog.make(
            recipe.head, visual: streams.visual.width, audio: streams.audio.width, classes: classes,
            using: &generator)
    }

    init(method: any Method, head: any Head) {
        self.method = method
        self.head = head
    }

    /// Scores, `[rows, classes]`.
    func callAsFunction(_ batch: Batch, on tape: Tape) -> Variable {
        let adapted = method(
            visual: batch.visual.states(on: tape), audio: batch.audio.states(on: tape))
        return head(visual: adapted.visual, audio: adapted.audio)
    }
}
