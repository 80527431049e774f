import Neural

/// What turns the features of both streams into scores of classes.
protocol Head: Module {
    /// Scores, `[rows, classes]`, from features `[rows, C]`.
    func callAsFunction(visual: Variable, audio: Variable) -> Variable
}

/// Heads by the names that recipes use.
enum HeadCatalog {
    static let names = ["lavish", "linear"]

    static func make(
        _ choice: TrainingRecipe.Head, visual: Int, audio: Int, classes: Int,
        using generator: inout some RandomNumberGenerator
    ) throws(TrainingError) -> any Head {
        switch choice.name {
        case "linear":
            return LinearHead(inputs: visual + audio, classes: classes, using: &generator)
        case "lavish":
            return LAVISHHead(
                inputs: visual + audio, hidden: choice.hidden, classes: classes, using: &generator)
        default:
            throw TrainingError(
                .recipe, "make head '\(choice.name)'",
                "it is unknown (known: \(names.joined(separator: ", ")))")
        }
    }
}
