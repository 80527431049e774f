import Neural
import Tensors

/// The linear probe: `[visual ; audio] W + b`.
struct LinearClassifier: Classifier {
    let classes: Linear

    var parameters: [Parameter] { classes.parameters }

    init(inputs: Int, classes: Int, using generator: inout SplitMix64) {
        self.classes = Linear("head.classes", inputs: inputs, outputs: classes, using: &generator)
    }

    func callAsFunction(_ features: Variable) -> Variable { classes(features) }
}
