/// What a method needs to know of a stream's backbone.
public struct StreamShape: Codable, Sendable, Equatable {
    /// Width of the states that each block reads.
    public var widths: [Int]

    /// How many blocks each stage has, on maps of one size; one stage but for Swin.
    public var stages: [Int]

    /// Leading tokens that stand for no place.
    public var specials: Int

    public var pooling: TokenPooling

    /// Side of a patch in pixels; nil where prompts are drawn without it.
    public var patchSide: Int?

    /// Norms and biases; nil where no backbone is at hand.
    private var knownAffine: AffineSizes?

    /// Norms and biases; those of a plain pre-norm transformer where no backbone is at hand.
    public var affine: AffineSizes { knownAffine ?? AffineSizes(hidden: widths.map { 4 * $0 }) }

    /// Tokens that the states of each layer have in the cache, 0 where none are; nil where it is not known.
    public var tokenCounts: [Int]?

    /// - Precondition: There is a width for each block of each stage.
    public init(
        widths: [Int], stages: [Int]? = nil, specials: Int = 1, pooling: TokenPooling = .row(0),
        patchSide: Int? = 16, tokenCounts: [Int]? = nil, affine: AffineSizes? = nil
    ) {
        knownAffine = affine
        self.widths = widths
        self.stages = stages ?? [widths.count]
        (self.specials, self.pooling, self.patchSide) = (specials, pooling, patchSide)
        self.tokenCounts = tokenCounts
        precondition(self.stages.reduce(0, +) == widths.count && !widths.isEmpty)
    }

    /// The first block of each stage.
    var stageStarts: [Int] {
        stages.indices.map { stages[..<$0].reduce(0, +) }
    }

    /// Number of blocks.
    public var depth: Int { widths.count }

    /// Width of the final state.
    public var width: Int { widths[depth - 1] }

    /// Width of a layer: that of the block which reads it, or the final one.
    func width(ofLayer layer: Int) -> Int { widths[min(layer, depth - 1)] }

    /// Tokens that stand for places, of states of `count` tokens; all where there are no others.
    public func patches(of count: Int) -> Range<Int> {
        min(max(specials, pooling.firstPatch), count)..<count
    }
}
