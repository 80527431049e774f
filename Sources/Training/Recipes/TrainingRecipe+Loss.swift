extension TrainingRecipe {
    /// What training makes small: the cross-entropy of the labels.
    public struct Loss: Codable, Sendable, Equatable {
        /// Share of each label that is spread over all classes.
        public var labelSmoothing = 0.0

        public var classWeights = ClassWeights.none
    }

    /// How much the rows of a class count.
    public enum ClassWeights: String, RecipeWord, Sendable {
        case none

        /// The reciprocal of the class's share of train, so that all classes count the same together.
        case balanced
    }

    /// What is changed at random in the states of train, as functions of seed, epoch and sample.
    public struct Augmentation: Codable, Sendable, Equatable {
        /// α of the Beta distribution from which a sample's share of a mixture with another is drawn;
        /// 0 for none.
        ///
        /// States, and labels as much, are mixed at the seam.
        ///
        /// Source: Zhang et al., *mixup*, 2018 (arXiv:1710.09412).
        public var mixup = 0.0

        /// Share of the patches that are left out.
        public var tokenDropping = 0.0

        /// Largest relative change of a channel's scale, and largest shift of a channel in units of its
        /// deviation in the sample.
        ///
        /// Source: Bär et al., *Frozen Feature Augmentation for Few-Shot Image Classification*, 2024
        /// (arXiv:2403.10519), the channel-wise variants.
        public var channelScale = 0.0
        public var channelShift = 0.0

        /// Other caches of the same samples, extracted or encoded of changed input, one of which or the
        /// run's own is drawn for each sample.
        public var views: [String] = []

        /// Whether the states of a segment are taken from any of its moments that the cache has.
        ///
        /// In evaluation they are those of the moment in the middle.
        public var temporalJitter = false
    }
}

extension TrainingRecipe.Augmentation {
    /// Whether states are taken as they are.
    var isNothing: Bool { self == Self() }
}
