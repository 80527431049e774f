/// Which samples a batch is made of, and what its random choices depend on.
struct BatchPlan: Sendable, Hashable {
    /// Indices of the samples, in order.
    let samples: [Int]

    /// Those of the whole update that the batch is a part of, over which its loss is a mean.
    let update: [Int]

    /// Seed and epoch of augmentation; nil if states are taken as they are.
    var noise: Noise?

    /// Which of the trainer's data, and which of their splits.
    var source = 0
    var split = Split.train

    /// What decides the shapes of a batch's tensors, whichever split it is of.
    struct Shape: Hashable, Sendable {
        let samples: Int
        let source: Int
        let isAugmented: Bool
    }

    var shape: Shape {
        Shape(samples: samples.count, source: source, isAugmented: noise != nil)
    }

    /// What decides the step that a batch is for.
    struct Kind: Hashable, Sendable {
        let shape: Shape
        let split: Split
    }

    var kind: Kind { Kind(shape: shape, split: split) }

    struct Noise: Sendable, Hashable {
        let seed: Int
        let epoch: Int
    }

    enum Split: Sendable {
        case train
        case val
    }
}
