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

    /// Of each layer of which it is read what stands for the whole, `[rows, C]`.
    var descriptors: [Tensor] = []

    /// The pooled final state after the norm, `[rows, C]`; nil where blocks run.
    var final: Tensor?

    /// All tokens of the final state after the norm, `[rows, N, C]`; nil unless they are read.
    var finalTokens: Tensor?

    /// How many tokens each row has, `[rows]`; nil if all have as many.
    var lengths: Tensor?

    /// 1 for each row that comes from data and 0 for others, `[rows]`; nil unless it is read.
    var valid: Tensor?

    /// The tensors as variables of a tape, which `variable` makes one after the other: first those of
    /// states, in their order, then lengths and validity.
    ///
    /// With `keepsTokens` the blocks that run hand on all tokens of the final state.
    func states(
        _ suffix: FrozenSuffix?, keepsTokens: Bool, _ variable: (Tensor) -> Variable
    ) -> StreamStates {
        var layers = layers.map(variable)
        let entering = suffix == nil ? nil : layers.popLast()
        let taps = taps.map {
            StreamStates.Tap(
                classToken: variable($0.classTokens), patches: variable($0.patches))
        }
        let descriptors = descriptors.map(variable), final = final.map(variable)
        let finalTokens = finalTokens.map(variable)
        let lengths = lengths.map(variable), valid = valid.map(variable)
        return StreamStates(
            taps: taps, layers: layers, descriptors: descriptors, final: final,
            finalTokens: finalTokens, valid: valid, lengths: lengths,
            run: entering.flatMap { state in
                suffix.map {
                    var run = SuffixRun($0, state, lengths: lengths)
                    run.keepsTokens = keepsTokens
                    return run
                }
            })
    }
}
