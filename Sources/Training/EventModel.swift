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

    /// Creates the model of a recipe with fresh parameters, drawn from the recipe's seed.
    ///
    /// `classes` counts background in.
    ///
    /// - Throws: ``TrainingError`` or ``MethodCatalog/Error`` if the recipe's parts do not fit.
    init(_ recipe: TrainingRecipe, streams: StreamSet, classes: Int) throws {
        var generator = SplitMix64(seed: UInt64(recipe.seed))
        method = try MethodCatalog.make(
            recipe.method.choice, placement: recipe.placement, streams: streams.shapes,
            using: &generator)
        head = try HeadCatalog.make(
            recipe.head, inputs: streams.shapes.values.map(\.width).reduce(0, +), classes: classes,
            using: &generator)
        suffixes = streams.suffixes
    }

    /// Scores, `[rows, classes]`, with a row for each segment.
    ///
    /// `batch` has the shapes of what is read, or that itself; `variable` makes a variable of each of its
    /// tensors, in the order of ``StreamTensors/forEachTensor(_:)``, stream by stream.
    func callAsFunction(_ batch: Batch, _ variable: (Tensor) -> Variable) -> Variable {
        var states: [Stream: StreamStates] = [:]
        for stream in batch.streams.streams {
            states[stream] = batch.streams[stream]?.states(suffixes[stream], variable)
        }
        return head(Self.joined(method(states)))
    }

    /// Scores of a batch that is read once.
    func callAsFunction(_ batch: Batch, on tape: Tape) -> Variable {
        self(batch) { tape.constant($0) }
    }

    /// Features of all streams side by side, a row for each segment; a text counts for all segments of
    /// its sample.
    private static func joined(_ features: [Stream: Variable]) -> Variable {
        let rows = features.values.map { $0.shape[0] }.max() ?? 0
        let columns = features.streams.compactMap { stream in
            features[stream].map { $0.shape[0] == rows ? $0 : $0.repeated(rows / $0.shape[0]) }
        }
        guard var joined = columns.first else { preconditionFailure("a model of no stream") }
        for next in columns.dropFirst() { joined = joined.concatenated(with: next) }
        return joined
    }
}
