import Neural
import Tensors

/// What the streams of a clip tell each other in an adapter of LSTTA: long-term semantic filtering over
/// all segments, short-term semantic interaction within windows.
///
/// For a stream m of rows h_m[t], the other m̄, and ℓ which stands for the whole of the text:
///
///     e_m[t] = ωᵀ tanh([h_m[t] ; h_m̄[t] ; ℓ] W + β) + β⁰,   s_m = T · softmax(e_m),   ĥ_m[t] = s_m[t] · h_m[t]
///     u_m[t] = ĥ_m[t] + g · Linear(softmax(q kᵀ / √d) v)
///
/// with q of ĥ_m[t], and keys and values of ĥ_m̄ in a window around t and of ℓ. A token of the text asks all
/// segments of both streams. T counts the segments with data, and the others are not seen. ω and β⁰ begin
/// at zero, so that all segments are as important.
struct LSTTAExchange: Module {
    /// How important segments of a stream are.
    struct Filter: Module {
        let hidden: Linear
        let score: Linear

        var parameters: [Parameter] { hidden.parameters + score.parameters }
    }

    /// What a stream reads of the others.
    struct Interaction: Module {
        let query: Linear
        let key: Linear
        let value: Linear
        let output: Linear
        let gate: Parameter

        var parameters: [Parameter] {
            [query, key, value, output].flatMap(\.parameters) + [gate]
        }
    }

    let filters: [Stream: Filter]
    let interactions: [Stream: Interaction]
    private let options: LSTTAOptions

    var parameters: [Parameter] {
        filters.streams.flatMap { filters[$0]?.parameters ?? [] }
            + interactions.streams.flatMap { interactions[$0]?.parameters ?? [] }
    }

    /// Draws the maps; names begin with what `name` makes of a stream.
    init(
        width: Int, _ options: LSTTAOptions, using generator: inout SplitMix64,
        name: (Stream) -> String
    ) {
        self.options = options
        func map(
            _ name: String, _ inputs: Int, _ outputs: Int,
            _ initial: WeightInitialisation = .torchLinear
        ) -> Linear {
            Linear(name, inputs: inputs, outputs: outputs, initial: initial, using: &generator)
        }
        var filters: [Stream: Filter] = [:], interactions: [Stream: Interaction] = [:]
        for stream in [Stream.visual, .audio] where options.filters {
            let inputs = (options.isFilteringByText ? 3 : 2) * width
            filters[stream] = Filter(
                hidden: map("\(name(stream)).filter.hidden", inputs, width),
                score: map("\(name(stream)).filter.score", width, 1, .zero))
        }
        let streams: [Stream] =
            options.changesText ? [.visual, .audio, .text] : [.visual, .audio]
        for stream in streams where options.interacts {
            let prefix = "\(name(stream)).interaction"
            interactions[stream] = Interaction(
                query: map("\(prefix).query", width, width),
                key: map("\(prefix).key", width, width),
                value: map("\(prefix).value", width, width),
                output: map("\(prefix).output", width, width),
                gate: Parameter("\(prefix).gate", Tensor([1], shape: [])))
        }
        (self.filters, self.interactions) = (filters, interactions)
    }

    /// What the exchange makes of the streams.
    struct Result {
        /// `[B, T, d]`, of the text `[B, N, d]`.
        var rows: [Stream: Variable] = [:]

        /// s by stream, `[B, T]`; none without filters.
        var importance: [Stream: Variable] = [:]
    }

    /// Exchanges between rows `[B, T, d]` of two streams and those of a text, `[B, N, d]`.
    func callAsFunction(_ h: [Stream: Variable], in clips: LSTTAClips) -> Result {
        guard let visual = h[.visual], let audio = h[.audio] else {
            preconditionFailure("LSTTA joins a visual and an audio stream")
        }
        let whole = h[.text].map(clips.whole)
        var result = Result()
        for (stream, own, other) in [(Stream.visual, visual, audio), (.audio, audio, visual)] {
            let s = filters[stream].map { filter in
                importance(filter, own, other, whole, clips, stream)
            }
            result.importance[stream] = s
            result.rows[stream] = s.map { own.scalingRows(by: $0) } ?? own
        }
        result.rows[.text] = h[.text]
        let filtered = result.rows
        for stream in interactions.streams {
            guard let interaction = interactions[stream], let own = filtered[stream] else {
                continue
            }
            let (keys, mask) = seen(by: stream, filtered, whole, clips)
            result.rows[stream] = own + read(interaction, own, keys, mask)
        }
        return result
    }

    /// s, `[B, T]`.
    private func importance(
        _ filter: Filter, _ own: Variable, _ other: Variable, _ whole: Variable?,
        _ clips: LSTTAClips, _ stream: Stream
    ) -> Variable {
        var x = own.concatenated(with: other)
        if options.isFilteringByText, let whole {
            let repeated = whole.repeated(clips.segments)
            x = x.concatenated(with: repeated.reshaped(to: own.shape))
        }
        let e = filter.score(filter.hidden(x).tanh()).reshaped(to: Array(own.shape.prefix(2)))
        switch options.importance {
        case .softmax:
            let mask = clips.valid(stream).keyMask(queries: 1).reshaped(to: e.shape)
            return e.softmax(mask: mask).scalingRows(by: clips.validCount(stream))
        case .sigmoid: return e.sigmoid().times(2)
        }
    }

    /// Rows that a stream reads, `[B, K, d]`, and what is added to the scores of its queries.
    private func seen(
        by stream: Stream, _ rows: [Stream: Variable], _ whole: Variable?, _ clips: LSTTAClips
    ) -> (keys: Variable, mask: Variable) {
        guard let visual = rows[.visual], let audio = rows[.audio] else {
            preconditionFailure("LSTTA joins a visual and an audio stream")
        }
        guard stream != .text else {
            let valid = clips.valid(.visual).concatenated(with: clips.valid(.audio))
            return (
                visual.concatenatedTokens(with: audio),
                valid.keyMask(queries: rows[.text]?.shape[1] ?? 0)
            )
        }
        let (other, keys) = stream == .visual ? (Stream.audio, audio) : (.visual, visual)
        let text = options.isInteractingWithText ? whole : nil
        let mask = clips.valid(other).keyMask(
            queries: clips.segments, reach: options.reach(segments: clips.segments),
            others: text == nil ? 0 : 1)
        guard let text else { return (keys, mask) }
        let row = text.reshaped(to: [clips.count, 1, text.columns])
        return (keys.concatenatedTokens(with: row), mask)
    }

    /// g · Linear(attention).
    private func read(
        _ interaction: Interaction, _ queries: Variable, _ keys: Variable, _ mask: Variable
    ) -> Variable {
        let q = interaction.query(queries), k = interaction.key(keys)
        let v = interaction.value(keys), width = q.columns / options.heads
        let heads = (0..<options.heads).map { head in
            func part(_ x: Variable) -> Variable {
                options.heads == 1 ? x : x.columns(head * width..<(head + 1) * width)
            }
            let scores = part(q).batchedProduct(
                with: part(k), transposed: true, scale: 1 / Float(width).squareRoot())
            return scores.softmax(mask: mask).batchedProduct(with: part(v))
        }
        let mixed = heads.dropFirst().reduce(heads[0]) { $0.concatenated(with: $1) }
        return interaction.output(mixed).scaled(by: interaction.gate)
    }
}
