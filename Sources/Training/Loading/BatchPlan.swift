/// Which items a batch is made of, and what its random choices depend on.
///
/// An item is what is read and run as one: a sample, or a clip with some of its samples.
struct BatchPlan: Sendable, Hashable {
    /// Indices of the items, in order.
    let items: [Int]

    /// Those of the whole update that the batch is a part of, over which its loss is a mean.
    let update: [Int]

    /// Seed and epoch of augmentation; nil if states are taken as they are.
    var noise: Noise?

    /// Seed and epoch of what the task draws, such as pictures of other clips; nil if it draws nothing.
    var draws: Noise?

    /// Which of the trainer's data, and which of their splits.
    var source = 0
    var split = Split.train

    /// What decides the shapes of a batch's tensors, whichever split it is of.
    struct Shape: Hashable, Sendable {
        let items: Int
        let source: Int
        let isAugmented: Bool
    }

    var shape: Shape {
        Shape(items: items.count, source: source, isAugmented: noise != nil)
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
