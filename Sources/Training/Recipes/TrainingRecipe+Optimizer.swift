extension TrainingRecipe {
    /// How parameters are updated.
    public struct Optimizer: Codable, Sendable, Equatable {
        public var name = Name.adamw
        public var learningRate = 3e-4
        public var headLearningRate = 1e-3

        /// What the rate of a block's parameters is multiplied by for each block above it.
        public var layerDecay = 1.0

        /// Decay of matrices; other parameters have none.
        public var weightDecay = 0.01

        /// Of the running means of gradients and of their squares (`adam`, `adamw`).
        public var beta1 = 0.9
        public var beta2 = 0.999
        public var epsilon = 1e-8

        /// Of `sgd`.
        public var momentum = 0.9
        public var nesterov = false

        /// Largest norm of the gradient; 0 for any.
        public var clip = 1.0
    }

    /// How the learning rate changes.
    public struct Schedule: Codable, Sendable, Equatable {
        public var name = Name.cosine

        /// Share of all steps in which the rate rises to its highest value.
        public var warmup = 0.05

        /// Epochs after which `step` multiplies the rate by the factor.
        public var every = 10

        /// Numbers of epochs, ascending, after each of which `milestones` multiplies the rate by the factor.
        public var milestones: [Int] = []

        /// What `step`, `milestones` and `plateau` multiply the rate by.
        public var factor = 0.1

        /// Epochs without a better result on val after which `plateau` does so.
        public var patience = 3
    }

    /// Running means of the parameters, which are evaluated and kept in place of the last values.
    public struct Averaging: Codable, Sendable, Equatable {
        /// Share of the mean that an update keeps; 0 for no means.
        public var decay = 0.0
    }
}

extension TrainingRecipe.Optimizer {
    public enum Name: String, RecipeWord, Sendable {
        case adamw
        case adam
        case sgd
    }
}

extension TrainingRecipe.Schedule {
    public enum Name: String, RecipeWord, Sendable {
        /// Half a cosine down to zero.
        case cosine

        /// A straight line down to zero.
        case linear

        case constant
        case step
        case milestones
        case plateau
    }
}
