import Models
import Neural
import Tensors

/// The probe that pools by attention: in each segment a learned query of each stream reads all of its final
/// tokens, and a linear map scores what the queries have read.
///
///     z_s = Σ_n softmax_n( X_s q_s / √D ) X_s,   scores = [z_v ; z_a] W + b
///
/// Queries begin at zero, so that untrained each stream is the mean of its tokens. Texts are read as they
/// are pooled.
struct AttentionPoolingHead: Head {
    /// By stream, `[1, D]`.
    let queries: [Stream: Parameter]
    let classes: Linear

    var parameters: [Parameter] {
        queries.streams.compactMap { queries[$0] } + classes.parameters
    }

    init(_ site: HeadCatalog.Site, using generator: inout SplitMix64) {
        var queries: [Stream: Parameter] = [:]
        for (stream, width) in site.widths where stream != .text {
            queries[stream] = Parameter(
                "head.query.\(stream.rawValue)", Tensor(shape: [1, width]))
        }
        self.queries = queries
        classes = Linear(
            "head.classes", inputs: site.width, outputs: site.classes, using: &generator)
    }

    func callAsFunction(_ inputs: HeadInputs) -> HeadOutputs {
        var read = AdaptedStreams()
        for stream in inputs.streams.pooled.streams {
            guard let rows = inputs.streams[stream] else { continue }
            guard let query = queries[stream], let tokens = inputs.streams.tokens[stream] else {
                read.set(stream, to: rows)
                continue
            }
            let scale = 1 / Float(tokens.columns).squareRoot()
            let asked = rows.tape.variable(query).repeatedOverBatch(tokens.shape[0])
                .reshaped(to: [tokens.shape[0], tokens.columns])
            read.set(stream, to: asked.attending(to: tokens, scale: scale))
        }
        return HeadOutputs(scores: classes(read.joined()))
    }
}
