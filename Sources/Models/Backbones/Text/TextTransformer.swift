import Neural
import Tensors

/// A frozen encoder of texts: BERT's and RoBERTa's, and the text tower of CLIP.
///
///     X⁰ = words + positions,   normalised if the norms of the blocks come after
///
/// A text is read alone, so nothing is padded and nothing masked.
///
/// Sources: Devlin et al., *BERT*, 2019 (arXiv:1810.04805); Liu et al., *RoBERTa*, 2019
/// (arXiv:1907.11692); Radford et al., *Learning Transferable Visual Models From Natural Language
/// Supervision*, 2021 (arXiv:2103.00020), section 2.4.
final class TextTransformer: FrozenBackbone {
    let shape: Configuration
    let embedding: TextEmbedding
    let blocks: [EncoderBlock]
    let finalNorm: FrozenLayerNorm?
    let attention: FrozenAttention

    /// What determines the shape of an encoder of texts.
    struct Configuration: Codable, Sendable, Equatable {
        /// Width `C` of the token states, and width of the hidden layer of the feed-forward networks.
        var width: Int
        var hiddenWidth: Int

        var depth: Int
        var heads: Int

        /// Added to the variance in each norm.
        var epsilon: Float

        var activation: Activation

        /// Number of tokens that have an embedding.
        var vocabularySize: Int

        /// Number of rows of the table of positions.
        var positions: Int

        /// The token of padding, which has a position of its own and is followed by the first of a text
        /// (RoBERTa); nil if positions are counted from 0.
        var padding: Int?

        /// The most tokens of a text, special ones included.
        var maximumTokens: Int

        var norms: EncoderBlock.NormPlacement
        var isCausal: Bool
        var classToken: ClassToken
    }

    /// The activation of the feed-forward networks, by its name in checkpoints.
    enum Activation: String, Codable, Sendable, CaseIterable {
        case gelu
        case geluNew = "gelu_new"
        case geluTanh = "gelu_pytorch_tanh"
        case quickGELU = "quick_gelu"
        case relu

        var ofProduct: FrozenLinear.Activation {
            switch self {
            case .gelu: .gelu
            case .geluNew, .geluTanh: .geluTanh
            case .quickGELU: .quickGELU
            case .relu: .relu
            }
        }
    }

    /// Which token stands for the whole text.
    enum ClassToken: Codable, Sendable, Equatable {
        case first

        /// The first of a kind; where there is none, the first token of all.
        case firstOf(Int)

        /// The first of those with the greatest number.
        case greatest
    }

    init(
        _ shape: Configuration, embedding: TextEmbedding, blocks: [EncoderBlock],
        finalNorm: FrozenLayerNorm?
    ) {
        self.shape = shape
        self.embedding = embedding
        self.blocks = blocks
        self.finalNorm = finalNorm
        var attention = FrozenAttention(heads: shape.heads, headWidth: shape.width / shape.heads)
        attention.isCausal = shape.isCausal
        self.attention = attention
    }

    var configuration: any Encodable & Sendable { shape }
    var inputs: Set<BackboneInput.Kind> { [.texts] }
    var depth: Int { shape.depth }

    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout {
        guard case .text(let tokens) = size else {
            throw BackboneError("encode pictures or sound", "the backbone reads texts")
        }
        guard 1...shape.maximumTokens ~= tokens else {
            throw BackboneError(
                "encode texts of \(tokens) tokens",
                "the backbone reads 1 to \(shape.maximumTokens)")
        }
        return StateLayout(specials: 0, rows: 1, columns: tokens, width: shape.width)
    }

    func classRow(of input: BackboneInput) -> Int? {
        guard case .text(let text) = input else { return nil }
        switch shape.classToken {
        case .first: return 0
        case .firstOf(let id): return text.ids.firstIndex(of: id) ?? 0
        case .greatest: return text.ids.max().flatMap { text.ids.firstIndex(of: $0) }
        }
    }

    /// What ends a text is the last of its tokens.
    var pooling: TokenPooling { shape.classToken == .first ? .row(0) : .last }

    func makeWorker() -> any BackboneWorker { Worker(self) }

    private final class Worker: BackboneWorker {
        private let model: TextTransformer
        private let scratch: EncoderScratch

        /// The residual stream, `[tokens, C]`, kept from text to text.
        private var x: Tensor

        init(_ model: TextTransformer) {
            self.model = model
            scratch = EncoderScratch(model.blocks[0].qkv.compute)
            x = Tensor(shape: [0, model.shape.width])
        }

        func forEachState(
            of input: BackboneInput, layers: Set<Int>,
            _ body: (_ layer: Int, _ states: Tensor) throws -> Void
        ) rethrows {
            guard case .text(let text) = input else {
                preconditionFailure("an encoder of texts reads nothing else")
            }
            let tokens = text.ids.count
            precondition(1...model.shape.maximumTokens ~= tokens, "a text of \(tokens) tokens")
            if x.rows != tokens { x = Tensor(shape: [tokens, model.shape.width]) }
            model.embedding.embed(text.ids, to: &x)
            let last = layers.max() ?? 0
            for (layer, block) in model.blocks.prefix(last).enumerated() {
                if layers.contains(layer) { try body(layer, x) }
                block.apply(to: &x, model.shape.norms, model.attention, scratch)
            }
            if layers.contains(last) { try body(last, x) }
        }
    }
}
