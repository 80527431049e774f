import Neural
import Tensors

/// Where in a frame its sound is: the frame's vector, of all of it and of what the sound picks out.
///
///     p = softmax_n(V̂ â),  grd = Σ_n p_n V̂_n,   v = W tanh([mean_n V ; grd]) + b,   hats: rows of length 1
///
/// Source: Li et al., CVPR 2022, §4.2.
struct FrameGrounding: Module {
    /// From tokens to 512 elements; nil if they have these.
    let input: Linear?
    let output: Linear

    var parameters: [Parameter] { (input?.parameters ?? []) + output.parameters }

    init(inputs: Int, width: Int, using generator: inout SplitMix64) {
        input =
            inputs == width
            ? nil : Linear("head.visual.input", inputs: inputs, outputs: width, using: &generator)
        output = Linear(
            "head.grounding", inputs: 2 * width, outputs: width, using: &generator)
    }

    /// Tokens as they are grounded, `[rows, N, width]`.
    func mapped(_ tokens: Variable) -> Variable { input?(tokens) ?? tokens }

    /// The vector of each frame, `[rows, width]`, of mapped tokens and sounds, `[rows, width]`.
    func callAsFunction(_ v: Variable, _ a: Variable) -> Variable {
        let picked = a.normalisedRows().attending(to: v.normalisedRows(), scale: 1)
        return output(v.meanOverTokens().concatenated(with: picked).tanh())
    }
}
