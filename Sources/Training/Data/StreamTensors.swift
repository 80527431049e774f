import Models
import Neural
import Tensors

/// What one stream of a batch is made of: tensors that a reader fills, row by row.
///
/// They know nothing of a tape, so that a batch can be read while another is trained on.
struct StreamTensors: Sendable {
    /// Of each tapped layer class rows, `[rows, C]`, and patches, `[rows, N, C]`.
    var taps: [(classTokens: Tensor, patches: Tensor)] = []

    /// Of each layer whose tokens are all read, `[rows, N, C]`; the last enters the blocks that run.
    var layers: [Tensor] = []

    /// The pooled final state after the norm, `[rows, C]`; nil where blocks run.
    var final: Tensor?

    /// How many tokens each row has, `[rows]`; nil if all have as many.
    var lengths: Tensor?

    /// The tensors as constants of a tape.
    func states(on tape: Tape, _ suffix: FrozenSuffix?) -> StreamStates {
        var layers = layers.map { tape.constant($0) }
        let entering = suffix == nil ? nil : layers.popLast()
        return StreamStates(
            taps: taps.map {
                StreamStates.Tap(
                    classToken: tape.constant($0.classTokens), patches: tape.constant($0.patches))
            }, layers: layers, final: final.map { tape.constant($0) },
            run: entering.flatMap { state in
                suffix.map { SuffixRun($0, state, lengths: lengths.map { tape.constant($0) }) }
            })
    }
}
