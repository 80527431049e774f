import Neural
import Tensors

/// The probe with a hidden layer: `dropout(GELU(x W₁ + b₁)) W₂ + b₂`.
struct MLPClassifier: Classifier {
    let hidden: Linear
    let classes: Linear

    private static let dropout: Float = 0.1

    var parameters: [Parameter] { hidden.parameters + classes.parameters }

    init(
        inputs: Int, hidden: Int, classes: Int, using generator: inout SplitMix64
    ) {
        self.hidden = Linear("head.hidden", inputs: inputs, outputs: hidden, using: &generator)
        self.classes = Linear("head.classes", inputs: hidden, outputs: classes, using: &generator)
    }

    func callAsFunction(_ features: Variable) -> Variable {
        classes(hidden(features).gelu().dropout(Self.dropout))
    }
}
