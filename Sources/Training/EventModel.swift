import Models
import Neural
import Tensors

/// A method and a head: from cached states to scores of each segment.
struct EventModel: Module {
    let method: any Method
    let head: any Head

    /// The blocks that run, by stream.
    private let suffixes: [Stream: FrozenSuffix]

    var parameters: [Parameter] { method.parameters + head.parameters }
    var buffers: [Parameter] { method.buffers + head.buffers }

    /// Creates the model of a recipe with fresh parameters, drawn from the recipe's seed.
    ///
    /// `classes` counts background in.
    ///
    /// - Throws: ``TrainingError`` or ``MethodCatalog/Error`` if the recipe's parts do not fit.
    init(_ recipe: TrainingRecipe, streams: StreamSet, classes: Int) throws {
        var generator = SplitMix64(seed: UInt64(recipe.seed))
        method = try MethodCatalog.make(
            recipe.method.choice, placement: recipe.placement, streams: streams.shapes,
            segments: streams.segments, using: &generator)
        head = try HeadCatalog.make(
            recipe.head, inputs: method.widths(beside: streams.shapes).values.reduce(0, +),
            classes: classes, using: &generator)
        suffixes = streams.suffixes
    }

    /// Scores, `[rows, classes]`, with a row for each segment, and what the method adds to the loss.
    ///
    /// `batch` has the shapes of what is read, or that itself; `variable` makes a variable of each of its
    /// tensors, in the order of ``StreamTensors/forEachTensor(_:)``, stream by stream.
    func callAsFunction(
        _ batch: Batch, _ variable: (Tensor) -> Variable
    ) -> (scores: Variable, penalties: [Variable]) {
        var states: [Stream: StreamStates] = [:]
        for stream in batch.streams.streams {
            states[stream] = batch.streams[stream]?.states(suffixes[stream], variable)
        }
        let adapted = method(states)
        return (head(adapted.joined()), adapted.penalties)
    }

    /// Scores of a batch that is read once.
    func callAsFunction(_ batch: Batch, on tape: Tape) -> Variable {
        self(batch) { tape.constant($0) }.scores
    }
}
