import Neural
import Tensors

/// The blocks of a frozen backbone that run in the trainer: those from some block on, and the final norm.
public struct FrozenSuffix: Sendable {
    /// The first block; the backbone's depth if there is none.
    public let first: Int

    /// What methods need to know of the backbone.
    public let shape: StreamShape

    /// From the first on.
    let blocks: [any TapedBlock]

    let finalNorm: FrozenLayerNorm?
}

/// A backbone whose blocks can run in the trainer.
protocol SuffixBackbone: FrozenBackbone {
    /// Its blocks from `first` on, for inputs of a size.
    ///
    /// - Throws: ``BackboneError`` if the size is not given and the blocks depend on it.
    func suffix(
        from first: Int, for size: BackboneInput.Size?
    ) throws(BackboneError) -> FrozenSuffix
}

extension Backbone {
    /// The blocks from `first` on, to be trained through.
    ///
    /// - Parameters:
    ///   - first: A block, or the depth for the final norm alone.
    ///   - size: Of the inputs; a Vision Transformer and an encoder of texts need none.
    /// - Returns: The blocks; weights are shared with the backbone.
    /// - Throws: ``BackboneError`` if the backbone has no such block or cannot be trained through.
    public func suffix(
        from first: Int, for size: BackboneInput.Size? = nil
    ) throws(BackboneError) -> FrozenSuffix {
        guard 0...model.depth ~= first else {
            throw BackboneError(
                "train blocks from \(first) of backbone \(name)",
                "it has blocks 0 to \(model.depth - 1)")
        }
        guard let model = model as? any SuffixBackbone else {
            throw BackboneError("train blocks of backbone \(name)", "its family cannot run there")
        }
        return try model.suffix(from: first, for: size)
    }
}

extension VisionTransformer: SuffixBackbone {
    func suffix(
        from first: Int, for size: BackboneInput.Size?
    ) throws(BackboneError) -> FrozenSuffix {
        let specials = embedding.specials.rows
        return FrozenSuffix(
            first: first,
            shape: StreamShape(
                widths: Array(repeating: shape.width, count: depth), stages: [depth],
                specials: specials, pooling: pooling, patchSide: shape.patches.side,
                affine: affineSizes(of: blocks, hasFinalNorm: finalNorm != nil)),
            blocks: blocks[first...].map {
                TapedEncoderBlock(block: $0, norms: .before, attention: attention)
            }, finalNorm: finalNorm)
    }
}

extension TextTransformer: SuffixBackbone {
    func suffix(
        from first: Int, for size: BackboneInput.Size?
    ) throws(BackboneError) -> FrozenSuffix {
        FrozenSuffix(
            first: first,
            shape: StreamShape(
                widths: Array(repeating: shape.width, count: depth), stages: [depth], specials: 0,
                pooling: pooling, patchSide: nil,
                affine: affineSizes(of: blocks, hasFinalNorm: finalNorm != nil)),
            blocks: blocks[first...].map {
                TapedEncoderBlock(block: $0, norms: shape.norms, attention: attention)
            }, finalNorm: finalNorm)
    }
}

extension SwinTransformer: SuffixBackbone {
    func suffix(
        from first: Int, for size: BackboneInput.Size?
    ) throws(BackboneError) -> FrozenSuffix {
        guard let size else {
            throw BackboneError(
                "train blocks of a Swin Transformer", "the size of its input is not known")
        }
        _ = try layout(ofLayer: 0, for: size)
        let plan = plan(for: try map(of: size))
        var blocks: [TapedSwinBlock] = []
        for (stage, plan) in zip(stages, plan.stages) {
            for (index, block) in stage.blocks.enumerated() {
                blocks.append(
                    TapedSwinBlock(
                        block, plan.windows[index], tokens: plan.map.count,
                        merging: index == 0
                            ? stage.merging.map { ($0, plan.mergingOrder) } : nil))
            }
        }
        return FrozenSuffix(
            first: first,
            shape: StreamShape(
                widths: blocks.map(\.width), stages: shape.depths, specials: 0, pooling: .mean,
                patchSide: nil,
                affine: AffineSizes(
                    hidden: blocks.map(\.block.expansion.outputs),
                    merging: blocks.map { $0.merging?.merging.norm.weight.count ?? 0 },
                    // Swin V2, which has none.
                    hasKeyBias: blocks.allSatisfy { $0.block.norms == .before },
                    hasFinalNorm: finalNorm != nil)),
            blocks: Array(blocks[first...]), finalNorm: finalNorm)
    }
}

/// Norms and biases of the blocks of a plain encoder.
private func affineSizes(of blocks: [EncoderBlock], hasFinalNorm: Bool) -> AffineSizes {
    AffineSizes(
        hidden: blocks.map(\.feedForward.expansion.outputs),
        isGated: blocks.contains { $0.feedForward.gate != nil }, hasFinalNorm: hasFinalNorm)
}
