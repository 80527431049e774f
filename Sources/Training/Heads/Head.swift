import Neural

/// What turns the features of all streams into scores of classes.
protocol Head: Module {
    /// Scores, `[rows, classes]`, from features side by side, `[rows, ΣC]`.
    func callAsFunction(_ features: Variable) -> Variable
}

/// Heads by the names that recipes use.
enum HeadCatalog {
    static let names = ["lavish", "linear"]

    static func make(
        _ choice: TrainingRecipe.Head, inputs: Int, classes: Int,
        using generator: inout some RandomNumberGenerator
    ) throws(TrainingError) -> any Head {
        switch choice.name {
        case "linear": return LinearHead(inputs: inputs, classes: classes, using: &generator)
        case "lavish":
            return LAVISHHead(
                inputs: inputs, hidden: choice.hidden, classes: classes, using: &generator)
        default:
            throw TrainingError(
                .recipe, "make head '\(choice.name)'",
                "it is unknown (known: \(names.joined(separator: ", ")))")
        }
    }
}
