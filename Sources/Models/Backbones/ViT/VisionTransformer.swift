import Neural
import Tensors

/// A frozen Vision Transformer with pre-norm blocks and a class token.
///
///     X⁰ = [class ; patches of the picture · E] + positions
///
/// Source: Dosovitskiy et al., *An Image is Worth 16x16 Words*, 2021 (arXiv:2010.11929), eq. 1–4.
final class VisionTransformer: FrozenBackbone {
    let shape: Configuration
    let finalNorm: FrozenLayerNorm?

    let patchEmbedding: FrozenLinear

    /// `[1, C]`, and one row of positions for it and for each patch of a whole picture, `[1 + N, C]`.
    let classToken: Tensor
    let positions: Tensor

    let blocks: [EncoderBlock]
    let attention: FrozenAttention

    /// What determines the shape of a Vision Transformer and of what it reads.
    struct Configuration: Codable, Sendable, Equatable {
        /// Side of a whole picture and of its patches, in pixels.
        var imageSize: Int
        var patchSize: Int

        /// Width `C` of the token states, and width of the hidden layer of the MLPs.
        var width: Int
        var hiddenWidth: Int

        var depth: Int
        var heads: Int

        /// Added to the variance in each norm.
        var epsilon: Float

        var pixels: PixelNormalisation
    }

    init(
        _ shape: Configuration, patchEmbedding: FrozenLinear, classToken: Tensor,
        positions: Tensor, blocks: [EncoderBlock], finalNorm: FrozenLayerNorm
    ) {
        self.shape = shape
        self.patchEmbedding = patchEmbedding
        self.classToken = classToken
        self.positions = positions
        self.blocks = blocks
        self.finalNorm = finalNorm
        attention = FrozenAttention(heads: shape.heads, headWidth: shape.width / shape.heads)
    }

    var configuration: any Encodable & Sendable { shape }
    var inputs: Set<BackboneInput.Kind> { [.pictures, .spectrograms] }
    var depth: Int { shape.depth }

    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout {
        let (height, width, kind): (Int, Int, String)
        switch size {
        case .picture(shape.imageSize, shape.imageSize):
            (height, width, kind) = (shape.imageSize, shape.imageSize, "frames")
        case .picture(let height, let width):
            throw BackboneError(
                "encode frames of \(width)×\(height)",
                "the backbone reads \(shape.imageSize)×\(shape.imageSize); extract them with "
                    + "--size \(shape.imageSize)")
        case .spectrogram(let frames, let bands):
            (height, width, kind) = (frames, bands, "windows")
        case .text: throw BackboneError("encode text", "the backbone reads pictures")
        }
        let side = shape.patchSize
        guard height >= side, width >= side else {
            throw BackboneError(
                "encode \(kind) of \(height)×\(width)",
                "a patch of the backbone has \(side)×\(side)")
        }
        return StateLayout(
            specials: 1, rows: height / side, columns: width / side, width: shape.width)
    }

    func classRow(of input: BackboneInput) -> Int? { 0 }

    func makeWorker() -> any BackboneWorker { Worker(self) }

    private final class Worker: BackboneWorker {
        private let model: VisionTransformer
        private let scratch: EncoderScratch

        init(_ model: VisionTransformer) {
            self.model = model
            scratch = EncoderScratch(model.patchEmbedding.compute)
        }

        func forEachState(
            of input: BackboneInput, layers: Set<Int>,
            _ body: (_ layer: Int, _ states: Tensor) throws -> Void
        ) rethrows {
            var x: Tensor
            switch input {
            case .picture(let rgb, _, _): x = model.embed(rgb: rgb, scratch)
            case .spectrogram(let spectrogram): x = model.embed(spectrogram: spectrogram, scratch)
            case .text: preconditionFailure("a ViT reads no text")
            }
            let last = layers.max() ?? 0
            for (layer, block) in model.blocks.prefix(last).enumerated() {
                if layers.contains(layer) { try body(layer, x) }
                block.apply(to: &x, .before, model.attention, scratch)
            }
            if layers.contains(last) { try body(last, x) }
        }
    }
}
