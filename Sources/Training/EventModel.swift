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
    func callAsFunction(_ batch: Batch, on tape: Tape) -> Variable {
        var streams: [Stream: StreamStates] = [:]
        for stream in batch.streams.streams {
            streams[stream] = batch.streams[stream]?.states(on: tape, suffixes[stream])
        }
        return head(Self.joined(method(streams), rows: batch.labels.count))
    }

    /// Features of all streams side by side, a row for each segment; a text counts for all segments of
    /// its sample.
    private static func joined(_ features: [Stream: Variable], rows: Int) -> Variable {
        let columns = features.streams.compactMap { stream in
            features[stream].map { $0.shape[0] == rows ? $0 : $0.repeated(rows / $0.shape[0]) }
        }
        guard var joined = columns.first else { preconditionFailure("a model of no stream") }
        for next in columns.dropFirst() { joined = joined.concatenated(with: next) }
        return joined
    }
}
