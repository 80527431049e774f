import Models
import Neural
import Tensors

/// Heads by the names that recipes use.
enum HeadCatalog {
    /// What a head is made for.
    struct Site {
        let recipe: TrainingRecipe

        /// Widths of the streams' final states.
        let widths: [Stream: Int]
        let classes: Int

        /// Words of questions, where the head reads them.
        let words: QuestionWords?

        /// Width of all streams side by side.
        var width: Int { widths.values.reduce(0, +) }

        var head: TrainingRecipe.Head { recipe.head }
    }

    /// The heads of a task.
    static func names(of task: TrainingRecipe.Task) -> [String] {
        switch task {
        case .avel: ["linear", "mlp", "lavish", "attention-pooling", "cmbs"]
        case .avqa: ["linear", "mlp", "st-avqa", "question"]
        }
    }

    /// The streams of which a head reads all final tokens.
    static func tokenStreams(_ recipe: TrainingRecipe) -> Set<Stream> {
        switch recipe.head.name {
        case "attention-pooling": [.visual, .audio]
        case "cmbs": recipe.head.spatialAttention ? [.visual] : []
        case "st-avqa": [.visual]
        default: []
        }
    }

    /// The streams that a head cannot do without.
    private static func streams(_ recipe: TrainingRecipe) -> [Stream] {
        switch recipe.head.name {
        case "cmbs", "st-avqa": [.visual, .audio]
        default: []
        }
    }

    /// Creates a head with fresh parameters.
    ///
    /// - Throws: ``TrainingError`` if it needs a stream that the model does not have.
    static func make(
        _ site: Site, using generator: inout SplitMix64
    ) throws(TrainingError) -> any Head {
        let head = site.head, task = site.recipe.task
        guard names(of: task).contains(head.name) else {
            throw TrainingError(
                .recipe, "make head '\(head.name)'",
                "it is unknown (known: \(names(of: task).joined(separator: ", ")))")
        }
        for stream in streams(site.recipe) where site.widths[stream] == nil {
            throw TrainingError(
                .recipe, "make head '\(head.name)'",
                "it reads the \(stream.rawValue) stream, and "
                    + "features.\(stream.rawValue) names none")
        }
        switch (task, head.name) {
        case (.avel, "cmbs"):
            guard site.recipe.supervision == .weak else {
                return CMBSHead(site, using: &generator)
            }
            return WeakCMBSHead(site, using: &generator)
        case (.avel, "attention-pooling"):
            return AttentionPoolingHead(site, using: &generator)
        case (.avel, _):
            return SegmentHead(
                classifier: classifier(site, inputs: site.width, using: &generator))
        case (.avqa, "st-avqa"): return GroundingHead(site, using: &generator)
        case (.avqa, _): return AnswerHead(site, using: &generator)
        }
    }

    /// What a plain head does with features side by side.
    static func classifier(
        _ site: Site, inputs: Int, using generator: inout SplitMix64
    ) -> any Classifier {
        let (hidden, classes) = (site.head.hidden, site.classes)
        return switch site.head.name {
        case "lavish":
            LAVISHClassifier(inputs: inputs, hidden: hidden, classes: classes, using: &generator)
        case "mlp":
            MLPClassifier(inputs: inputs, hidden: hidden, classes: classes, using: &generator)
        default: LinearClassifier(inputs: inputs, classes: classes, using: &generator)
        }
    }
}
