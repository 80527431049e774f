import Neural
import Tensors

/// A frozen Vision Transformer with pre-norm blocks.
///
///     X⁰ = norm([special tokens ; patches of the input · E] + positions)
///
/// Its families differ in their special tokens, in which of these have positions, in whether there
/// is a norm on entry, and in activations and scales of the blocks; each is a file in `Loading`.
///
/// Source: Dosovitskiy et al., *An Image is Worth 16x16 Words*, 2021 (arXiv:2010.11929), eq. 1–4.
final class VisionTransformer: FrozenBackbone {
    let shape: Configuration
    let embedding: Embedding
    let blocks: [EncoderBlock]
    let finalNorm: FrozenLayerNorm?
    let attention: FrozenAttention

    /// The weights with which the input of block 0 is made.
    struct Embedding: Sendable {
        /// `[channels · side · side → C]`; a patch is flattened by channel, row, column.
        let patches: FrozenLinear

        /// Class, distillation and register tokens, `[specials, C]`, and their positions: zeros for
        /// those that have none.
        let specials: Tensor
        let specialPositions: Tensor

        let positions: PositionGrid

        /// What follows, before block 0.
        var norm: FrozenLayerNorm?

        /// Row of the class token; nil if there is none.
        var classRow: Int?
    }

    init(
        _ shape: Configuration, _ embedding: Embedding, blocks: [EncoderBlock],
        finalNorm: FrozenLayerNorm?
    ) {
        self.shape = shape
        self.embedding = embedding
        self.blocks = blocks
        self.finalNorm = finalNorm
        attention = FrozenAttention(heads: shape.heads, headWidth: shape.width / shape.heads)
    }

    var configuration: any Encodable & Sendable { shape }
    var depth: Int { shape.depth }

    var inputs: Set<BackboneInput.Kind> {
        Set(
            [shape.pixels.map { _ in .pictures }, shape.spectrograms.map { _ in .spectrograms }]
                .compactMap { $0 })
    }

    var spectrogramNormalisation: SpectrogramNormalisation? {
        guard case .transposed(let normalisation) = shape.spectrograms else { return nil }
        return normalisation
    }

    func classRow(of input: BackboneInput) -> Int? { embedding.classRow }

    /// AST takes the mean of its class and distillation tokens.
    var pooling: TokenPooling {
        guard spectrogramNormalisation == nil || embedding.specials.rows != 2 else {
            return .meanOfFirst(2)
        }
        return embedding.classRow.map { .row($0) } ?? .mean
    }

    func makeWorker() -> any BackboneWorker { Worker(self) }

    private final class Worker: BackboneWorker {
        private let model: VisionTransformer
        private let scratch: EncoderScratch
        private let embedder: Embedder
        private var states = Tensor(shape: [0, 0])

        init(_ model: VisionTransformer) {
            self.model = model
            scratch = EncoderScratch(model.embedding.patches.compute)
            embedder = Embedder(model)
        }

        func forEachState(
            of input: BackboneInput, layers: Set<Int>,
            _ body: (_ layer: Int, _ states: Tensor) throws -> Void
        ) rethrows {
            embedder.embed(input, to: &states, scratch)
            let last = layers.max() ?? 0
            for (layer, block) in model.blocks.prefix(last).enumerated() {
                if layers.contains(layer) { try body(layer, states) }
                block.apply(to: &states, .before, model.attention, scratch)
            }
            if layers.contains(last) { try body(last, states) }
        }
    }
}
