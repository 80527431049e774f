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

    /// The tensors as variables of a tape, which `variable` makes one after the other: first those of
    /// states, in their order, then the lengths.
    func states(_ suffix: FrozenSuffix?, _ variable: (Tensor) -> Variable) -> StreamStates {
        var layers = layers.map(variable)
        let entering = suffix == nil ? nil : layers.popLast()
        let taps = taps.map {
            StreamStates.Tap(
                classToken: variable($0.classTokens), patches: variable($0.patches))
        }
        let final = final.map(variable), lengths = lengths.map(variable)
        return StreamStates(
            taps: taps, layers: layers, final: final,
            run: entering.flatMap { state in
                suffix.map { SuffixRun($0, state, lengths: lengths) }
            })
    }
}
