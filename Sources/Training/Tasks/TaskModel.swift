import Models
import Neural
import Tensors

/// A method and a head: from cached states to scores, and in training to the loss of a task.
struct TaskModel: Module {
    let method: any Method
    let head: any Head
    let task: any LearningTask

    /// What is read, and the blocks that run.
    private let streams: StreamSet

    var parameters: [Parameter] { method.parameters + head.parameters }
    var buffers: [Parameter] { method.buffers + head.buffers }

    /// Creates the model of a recipe with fresh parameters, drawn from the recipe's seed.
    ///
    /// - Throws: ``TrainingError`` or ``MethodCatalog/Error`` if the recipe's parts do not fit.
    init(_ recipe: TrainingRecipe, streams: StreamSet, task: any LearningTask) throws {
        var generator = SplitMix64(seed: UInt64(recipe.seed))
        method = try MethodCatalog.make(
            recipe.method.choice, placement: recipe.placement, streams: streams.shapes,
            segments: streams.segments, using: &generator)
        guard !method.parameters.isEmpty || method is FrozenFeatures else {
            throw TrainingError(
                .recipe, "make method '\(recipe.method.name)'",
                "no block that runs has parameters of it, and the head alone would be trained; begin lower than "
                    + "placement.suffix does, or name method linear-probe")
        }
        let widths = method.widths(beside: streams.shapes)
        for stream in streams.headTokens.sorted()
        where widths[stream] != streams.shapes[stream]?.width {
            throw TrainingError(
                .recipe, "make head '\(recipe.head.name)'",
                "it reads \(stream.rawValue) tokens, and method \(recipe.method.name) hands on rows of "
                    + "another width")
        }
        head = try HeadCatalog.make(
            HeadCatalog.Site(
                recipe: recipe, widths: widths,
                classes: task.labels.count, words: task.words), using: &generator)
        (self.streams, self.task) = (streams, task)
    }

    /// What decides of each row, `[rows, columns]`.
    ///
    /// `batch` has the shapes of what is read, or that itself; `variable` makes a variable of each of its
    /// tensors, in the order of ``LoadedBatch/forEachTensor(_:)``.
    func scores(_ batch: LoadedBatch, _ variable: (Tensor) -> Variable) -> Variable {
        let adapted = adapted(batch.states, variable)
        return outputs(
            adapted, batch.tensors.variables(isTraining: false, variable), isTraining: false
        ).scores
    }

    /// The loss of a batch, as its part of that of an update.
    func loss(_ batch: LoadedBatch, _ variable: (Tensor) -> Variable) -> Variable {
        let adapted = adapted(batch.states, variable)
        let tensors = batch.tensors.variables(isTraining: true, variable)
        let loss = task.loss(outputs(adapted, tensors, isTraining: true), tensors)
        return adapted.penalties.reduce(loss) { sum, penalty in
            sum
                + penalty.reshaped(to: [1, 1]).scalingRows(by: tensors[.share])
                .reshaped(to: sum.shape)
        }
    }

    /// What the method makes of the states of a batch.
    func adapted(_ batch: Batch, _ variable: (Tensor) -> Variable) -> AdaptedStreams {
        var states: [Stream: StreamStates] = [:]
        for stream in batch.streams.streams {
            states[stream] = batch.streams[stream]?.states(
                streams.suffixes[stream],
                keepsTokens: streams.headTokens.contains(stream), variable)
        }
        return method(states)
    }

    private func outputs(
        _ adapted: AdaptedStreams, _ tensors: TaskVariables, isTraining: Bool
    ) -> HeadOutputs {
        head(
            HeadInputs(
                streams: adapted, segments: streams.segments, tensors: tensors,
                patches: { stream in
                    guard let tokens = adapted.tokens[stream], let shape = streams.shapes[stream]
                    else { preconditionFailure("the tokens of \(stream) are not read") }
                    let patches = shape.patches(of: tokens.shape[1])
                    return patches.count == tokens.shape[1] ? tokens : tokens.tokens(patches)
                }, isTraining: isTraining))
    }
}
