public import Models
public import Neural

/// What determines a training run, besides the cache it reads.
///
/// Every key has a default, so a recipe file says only what is special about it. Defaults are the
/// shared start recipe for all tasks: AdamW, decay on matrices only, linear warm-up, cosine to zero.
public struct TrainingRecipe: Codable, Sendable, Equatable {
    public var task = Task.avel

    /// Of `avel`.
    public var supervision = Supervision.full

    public var selection = Selection.val

    /// Faults of published code that are repeated, as the table of `docs/training.md` numbers them.
    public var quirks: [Quirk] = []
    public var method = Method()
    public var placement = Placement.head
    public var head = Head()
    public var features = Features()
    public var backbones = Backbones()
    public var optimizer = Optimizer()
    public var schedule = Schedule()
    public var loss = Loss()
    public var augmentation = Augmentation()
    public var averaging = Averaging()

    /// Samples in an update; clips of them if they are grouped.
    public var batch = 16

    public var groupBy = Grouping.sample

    /// How many samples share a clip's forward pass at most, if they are grouped.
    public var questionsPerClip = 8

    /// How many parts of a batch are computed one after the other, their gradients added.
    ///
    /// It saves memory, and is equal to one part to rounding.
    public var accumulation = 1
    public var epochs = 30

    /// Epochs without a better result on val after which training stops.
    public var patience = 8

    /// By how much a result on val must be better to count as such.
    public var minimumGain = 0.0

    /// What fresh parameters, augmentation and dropout depend on.
    public var seed = 0

    /// What the order of the samples depends on; the seed if it is −1.
    ///
    /// Runs of one order share what they read of a cache.
    public var orderSeed = -1

    /// Names of the features that hold the streams' token states; empty for a stream that is not read.
    public struct Features: Codable, Sendable, Equatable {
        public var visual = "states-tiny-visual"
        public var audio = "states-tiny-audio"
        public var text = ""

        /// By stream, those that are read.
        var names: [Stream: String] {
            [.visual: visual, .audio: audio, .text: text].filter { !$0.value.isEmpty }
        }
    }

    /// The checkpoints whose states are cached, for placements where blocks of theirs run: folders, or
    /// `builtin:tiny`.
    public struct Backbones: Codable, Sendable, Equatable {
        public var visual = ""
        public var audio = ""
        public var text = ""

        /// The number type in which their blocks multiply.
        public var compute = ComputeType.f32

        subscript(_ stream: Stream) -> String {
            switch stream {
            case .visual: visual
            case .audio: audio
            case .text: text
            }
        }
    }

    public init() {}
}
