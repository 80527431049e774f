import Neural

/// Scores of features that lie side by side.
protocol Classifier: Module {
    /// Scores, `[rows, classes]`, from features, `[rows, ΣC]`.
    func callAsFunction(_ features: Variable) -> Variable
}
