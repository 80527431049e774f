import Neural
import Tensors

/// Two affine maps with nothing between them, as LAVISH localises events.
///
///     scores = ([visual ; audio] W₁ + b₁) W₂ + b₂
///
/// Source: Lin et al., *Vision Transformers are Parameter-Efficient Audio-Visual Learners*, 2023
/// (arXiv:2212.07983); the authors' code, `AVE/nets/net_trans.py`.
struct LAVISHClassifier: Classifier {
    let hidden: Linear
    let classes: Linear

    var parameters: [Parameter] { hidden.parameters + classes.parameters }

    init(
        inputs: Int, hidden: Int, classes: Int, using generator: inout SplitMix64
    ) {
        self.hidden = Linear("head.hidden", inputs: inputs, outputs: hidden, using: &generator)
        self.classes = Linear("head.classes", inputs: hidden, outputs: classes, using: &generator)
    }

    func callAsFunction(_ features: Variable) -> Variable { classes(hidden(features)) }
}
