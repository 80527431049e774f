extension TrainingRecipe {
    /// What is learned.
    public enum Task: String, RecipeWord, Sendable {
        /// Audio-visual event localisation: one label for each segment.
        case avel

        /// Audio-visual question answering: one answer for each sample.
        case avqa
    }

    /// What training is told of the labels of events.
    public enum Supervision: String, RecipeWord, Sendable {
        /// The label of each segment.
        case full

        /// The event of each clip alone; segments are told apart in evaluation only.
        case weak
    }

    /// The split whose result selects the best epoch, and ends a run that gets no better.
    public enum Selection: String, RecipeWord, Sendable {
        case val

        /// As published codes select; results are then not those of unseen data, and say so.
        case test
    }

    /// Which samples are read and run as one.
    public enum Grouping: String, RecipeWord, Sendable {
        case sample

        /// Samples of one clip, which share its forward pass.
        case clip
    }

    /// How a question is turned into a vector.
    public enum Question: String, RecipeWord, Sendable {
        /// From the pooled state of the cached text encoder.
        case encoder

        /// By a recurrent network over its words, which is trained.
        case lstm
    }

    /// The pictures that do not belong to a sound, by which matching is learned.
    public enum Negatives: String, RecipeWord, Sendable {
        /// `inBatch` where a method adapts the pictures, `frozen` where none does.
        case auto

        /// Adapted frames of another clip of the batch.
        case inBatch = "in-batch"

        /// Frames of other clips of train as the frozen backbone has them.
        case frozen = "frozen-random-frame"
    }

    /// The task head.
    public struct Head: Codable, Sendable, Equatable {
        /// `linear`, `mlp`, `lavish` with a hidden layer and no activation, `attention-pooling`, `cmbs`,
        /// `st-avqa`, or `question`, which reads nothing else.
        public var name = "linear"
        public var hidden = 512

        /// Whether final features are brought to mean 0 and deviation 1 by channel, over train.
        public var standardise = true

        /// Of `cmbs`: whether the visual stream is pooled by attention of its tokens to the sound.
        public var spatialAttention = false

        /// Of `cmbs`: whether each stream is asked by what both agree on.
        public var interModules = true

        /// Of `cmbs`: how much a gate changes the other stream; −1 for 0.1, or 0.2 with weak supervision.
        public var gateFactor = -1.0

        /// Of heads that answer questions.
        public var question = Question.encoder

        /// Of `st-avqa`.
        public var negatives = Negatives.auto

        /// Of `st-avqa`: what the loss of matching counts; 0 for none.
        public var matchWeight = 0.5
    }

    /// Active quirks, in order of their numbers.
    func has(_ quirk: Quirk.Kind) -> Bool { quirks.contains { $0.kind == quirk } }

    /// The split that selects.
    var selectingSplit: String { has(.selectOnTest) ? "test" : selection.rawValue }

    /// The negatives that are drawn; nil where matching is not learned.
    var negatives: Negatives? {
        guard task == .avqa, head.name == "st-avqa", head.matchWeight > 0 else { return nil }
        if has(.frozenNegatives) { return .frozen }
        guard head.negatives == .auto else { return head.negatives }
        return method.name == "linear-probe" ? .frozen : .inBatch
    }
}
