public import Neural
public import Tensors

/// A frozen Vision Transformer with pre-norm blocks and a class token.
///
///     X⁰ = [class ; patches of the picture · E] + positions
///     Y = X + MHSA(LN1 X),   X⁺ = Y + MLP(LN2 Y)
///
/// It is read, never trained: its products run on packed weights, and one call treats one picture
/// on the calling thread, so that the same picture gives the same bits in any company.
///
/// Source: Dosovitskiy et al., *An Image is Worth 16x16 Words*, 2021 (arXiv:2010.11929), eq. 1–4.
public final class VisionTransformer: Sendable {
    public let configuration: Configuration

    /// The norm that follows the last block; states are stored before it.
    public let finalNorm: FrozenLayerNorm

    let patchEmbedding: FrozenLinear

    /// `[1, C]`, and one row of positions for it and for each patch of a whole picture, `[1 + N, C]`.
    let classToken: Tensor
    let positions: Tensor
    let blocks: [Block]

    /// What determines the shape of a Vision Transformer and of what it reads.
    public struct Configuration: Codable, Sendable, Equatable {
        /// Side of a whole picture and of its patches, in pixels.
        public var imageSize: Int
        public var patchSize: Int

        /// Width `C` of the token states, and width of the hidden layer of the MLPs.
        public var width: Int
        public var hiddenWidth: Int

        public var depth: Int
        public var heads: Int

        /// Added to the variance in each norm.
        public var epsilon: Float

        /// By channel, what is subtracted from pixels in 0…1 and what they are then divided by.
        public var pixelMean: [Float]
        public var pixelDeviation: [Float]
    }

    struct Block: Sendable {
        let norm1: FrozenLayerNorm
        let qkv: FrozenLinear
        let projection: FrozenLinear
        let norm2: FrozenLayerNorm
        let expansion: FrozenLinear
        let contraction: FrozenLinear
    }

    init(
        _ configuration: Configuration, patchEmbedding: FrozenLinear, classToken: Tensor,
        positions: Tensor, blocks: [Block], finalNorm: FrozenLayerNorm
    ) {
        self.configuration = configuration
        self.patchEmbedding = patchEmbedding
        self.classToken = classToken
        self.positions = positions
        self.blocks = blocks
        self.finalNorm = finalNorm
    }

    /// Calls `body` with the states of the chosen layers, in ascending order.
    ///
    /// - Parameters:
    ///   - input: `[1 + N, C]`, the input of block 0, see `embed`.
    ///   - layers: k for the input of block k, `depth` for the output of the last block.
    ///   - body: Takes a layer and its states, `[1 + N, C]`.
    public func forEachState(
        of input: Tensor, layers: Set<Int>, _ body: (_ layer: Int, _ states: Tensor) -> Void
    ) {
        let last = layers.max() ?? 0
        precondition(layers.allSatisfy { 0...configuration.depth ~= $0 }, "layers \(layers)")
        var x = input
        var scratch = Scratch(tokens: x.rows, configuration)
        for (layer, block) in blocks.prefix(last).enumerated() {
            if layers.contains(layer) { body(layer, x) }
            apply(block, to: &x, &scratch)
        }
        if layers.contains(last) { body(last, x) }
    }

    private struct Scratch {
        var normalised, qkv, mixed, hidden: Tensor
        var attention = AttentionScratch()

        init(tokens: Int, _ configuration: Configuration) {
            normalised = Tensor(shape: [tokens, configuration.width])
            qkv = Tensor(shape: [tokens, 3 * configuration.width])
            mixed = normalised
            hidden = Tensor(shape: [tokens, configuration.hiddenWidth])
        }
    }

    private func apply(_ block: Block, to x: inout Tensor, _ scratch: inout Scratch) {
        block.norm1.apply(x, to: &scratch.normalised)
        block.qkv.apply(scratch.normalised, to: &scratch.qkv)
        selfAttention(
            qkv: scratch.qkv, heads: configuration.heads, to: &scratch.mixed,
            scratch: &scratch.attention)
        block.projection.apply(scratch.mixed, to: &scratch.normalised)
        x.add(scratch.normalised)

        block.norm2.apply(x, to: &scratch.normalised)
        block.expansion.apply(scratch.normalised, to: &scratch.hidden)
        block.contraction.apply(scratch.hidden, to: &scratch.mixed)
        x.add(scratch.mixed)
    }
}
