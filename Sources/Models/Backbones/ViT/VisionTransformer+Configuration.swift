import Neural

extension VisionTransformer {
    /// What determines the shape of a Vision Transformer and of what it reads.
    struct Configuration: Codable, Sendable, Equatable {
        /// The input whose positions were learned: in pixels; of an AST bands and frames.
        var inputHeight: Int
        var inputWidth: Int

        var patches: PatchGeometry

        /// How the positions of inputs of another size are made.
        var resizing: PositionGrid.Resizing

        /// Whether pixels that are left over beside the patches are dropped, or such pictures
        /// refused.
        var dropsRemainders = true

        /// Width `C` of the token states, and width of the hidden layer of the MLPs.
        var width: Int
        var hiddenWidth: Int

        var depth: Int
        var heads: Int
        var activation: Activation

        /// Added to the variance in each norm.
        var epsilon: Float

        /// How pictures are read; nil if they are not.
        var pixels: PixelNormalisation?

        /// How spectrograms are read; nil if they are not.
        var spectrograms: SpectrogramReading?
    }

    /// The activation of the hidden layer of the MLPs.
    enum Activation: String, Codable, Sendable {
        case gelu
        case geluTanh
        case quickGELU
        case relu

        /// Of half of the hidden layer, with which the other half is multiplied.
        case gatedSiLU

        /// What the first product of an MLP without a gate applies.
        var ofProduct: FrozenLinear.Activation {
            switch self {
            case .gelu: .gelu
            case .geluTanh: .geluTanh
            case .quickGELU: .quickGELU
            case .relu: .relu
            case .gatedSiLU: preconditionFailure("the gate is a product of its own")
            }
        }
    }

    /// How a log-mel spectrogram becomes what the patches are cut from.
    enum SpectrogramReading: Codable, Sendable, Equatable {
        /// As LAVISH does: repeated to three channels as if it were a picture, frames from top to
        /// bottom.
        case asPicture

        /// As AST does: normalised, bands from top to bottom.
        case transposed(SpectrogramNormalisation)
    }
}

extension VisionTransformer.Configuration {
    /// The grid of patches whose positions were learned.
    var grid: (rows: Int, columns: Int) { patches.grid(height: inputHeight, width: inputWidth) }

    /// Refuses numbers with which the model could not be built.
    func check(_ config: CheckpointConfiguration) throws(BackboneError) {
        let positive = [
            patches.side, patches.rowStep, patches.columnStep, width, hiddenWidth, depth, heads,
        ]
        guard
            positive.allSatisfy({ 1...(1 << 16) ~= $0 }), patches.side <= 1 << 10,
            patches.side...(1 << 14) ~= inputHeight, patches.side...(1 << 14) ~= inputWidth,
            width.isMultiple(of: heads)
        else { throw config.error("its configuration is not that of a ViT") }
    }
}
