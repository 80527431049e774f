import Foundation
import Neural
import Tensors

extension SwinTransformer {
    /// Takes the tensors of a checkpoint.
    ///
    /// - Parameters:
    ///   - tensors: With the prefix of the model in its names.
    ///   - shape: What they are to be.
    ///   - names: What they are called.
    ///   - hasBias: Whether queries and values have a bias, and keys where there is no Swin V2.
    ///   - hasPatchNorm: Whether a norm follows the embedding of patches.
    ///   - melPicture: For a model that reads log-mels.
    ///   - ignored: What whole names may begin with that are not needed.
    /// - Throws: ``BackboneError`` that names a tensor which is missing, extra or of another shape.
    convenience init(
        _ tensors: consuming CheckpointTensors, _ shape: Configuration, _ names: SwinNames,
        hasBias: Bool, hasPatchNorm: Bool = true, melPicture: MelPicture? = nil,
        ignoring ignored: [String]
    ) throws(BackboneError) {
        let patch = shape.patch
        let kernel = try tensors.take(
            "\(names.patches).weight", shape: [shape.width, patch.channels, patch.side, patch.side])
        let embedding = PatchEmbedding(
            projection: try tensors.pack(
                names.patches, weight: Tensor(kernel.elements, shape: [shape.width, patch.count]),
                bias: tensors.take("\(names.patches).bias", shape: [shape.width])),
            norm: hasPatchNorm
                ? try tensors.takeNorm(
                    names.patchNorm, width: shape.width, epsilon: shape.stemEpsilon) : nil,
            shape: patch)

        var stages: [SwinStage] = []
        var ignored = ignored
        // The original checkpoints of timm's models have the merging after the blocks.
        let mergesAfter =
            names.isMergingAfter || tensors.has("\(names.stages).0.downsample.reduction.weight")
        for (stage, depth) in shape.depths.enumerated() {
            let merging =
                stage == 0
                ? nil
                : try tensors.takeMerging(
                    "\(names.stages).\(mergesAfter ? stage - 1 : stage).downsample", shape, stage)
            var blocks: [SwinBlock] = []
            for number in 0..<depth {
                let name = "\(names.stages).\(stage).blocks.\(number)"
                blocks.append(try tensors.takeBlock(name, shape, stage, names, hasBias: hasBias))
                ignored += names.buffers(ofBlock: tensors.prefix + name)
            }
            stages.append(SwinStage(merging: merging, blocks: blocks))
        }
        let last = shape.widths(ofStage: stages.count - 1).width
        let norm = try tensors.takeNorm(
            names.finalNorm, width: last,
            epsilon: shape.architecture == .htsat ? shape.stemEpsilon : shape.epsilon)
        try tensors.finish(ignoring: ignored)
        self.init(
            shape, embedding: embedding, stages: stages, finalNorm: norm, melPicture: melPicture)
    }
}

extension CheckpointTensors {
    fileprivate mutating func takeMerging(
        _ name: String, _ shape: SwinTransformer.Configuration, _ stage: Int
    ) throws(BackboneError) -> PatchMerging {
        let width = shape.widths(ofStage: stage).width
        let isNormFirst = shape.architecture != .swinV2
        return PatchMerging(
            reduction: try pack(
                name, weight: take("\(name).reduction.weight", shape: [width, 2 * width]),
                bias: nil),
            norm: try takeNorm(
                "\(name).norm", width: isNormFirst ? 2 * width : width, epsilon: shape.stemEpsilon),
            isNormFirst: isNormFirst)
    }

    fileprivate mutating func takeBlock(
        _ name: String, _ shape: SwinTransformer.Configuration, _ stage: Int, _ names: SwinNames,
        hasBias: Bool
    ) throws(BackboneError) -> SwinBlock {
        let (width, hidden) = shape.widths(ofStage: stage)
        let heads = shape.heads[stage]
        let attentionName = "\(name).\(names.attention)"
        var attention = FrozenAttention(heads: heads, headWidth: width / heads)
        if shape.architecture == .swinV2 {
            attention.isCosine = true
            let scales = try take("\(attentionName).logit_scale", shape: [heads, 1, 1])
            attention.scales = scales.elements.map { exp(min($0, log(100))) }
        }
        return SwinBlock(
            norms: shape.architecture == .swinV2 ? .residual : .before,
            norm1: try takeNorm("\(name).\(names.norm1)", width: width, epsilon: shape.epsilon),
            qkv: try takeQKV(
                attentionName, width, isFused: names.isFused,
                parts: hasBias ? (shape.architecture == .swinV2 ? [0, 2] : [0, 1, 2]) : []),
            attention: attention,
            positions: try takePositions(attentionName, shape, stage, names),
            projection: try takeLinear(
                "\(name).\(names.projection)", inputs: width, outputs: width),
            norm2: try takeNorm("\(name).\(names.norm2)", width: width, epsilon: shape.epsilon),
            expansion: try takeLinear(
                "\(name).\(names.expansion)", inputs: width, outputs: hidden, activation: .gelu),
            contraction: try takeLinear(
                "\(name).\(names.contraction)", inputs: hidden, outputs: width))
    }

    /// The map to queries, keys and values; those of `parts` have biases.
    private mutating func takeQKV(
        _ name: String, _ width: Int, isFused: Bool, parts: [Int]
    ) throws(BackboneError) -> FrozenLinear {
        if isFused {
            let weight = try take("\(name).qkv.weight", shape: [3 * width, width])
            // Swin V2 has keys without a bias, hence two tensors; Swin has one.
            if parts.count == 3 {
                return try pack(
                    name, weight: weight, bias: take("\(name).qkv.bias", shape: [3 * width]))
            }
            var bias = Tensor(shape: [3 * width])
            for part in parts {
                let values = try take("\(name).\(["q", "k", "v"][part])_bias", shape: [width])
                bias.elements.replaceSubrange(
                    part * width..<(part + 1) * width, with: values.elements)
            }
            return try pack(name, weight: weight, bias: bias)
        }
        var weights: [Float] = [], biases: [Float] = []
        for (part, kind) in ["query", "key", "value"].enumerated() {
            weights += try take("\(name).\(kind).weight", shape: [width, width]).elements
            biases +=
                parts.contains(part)
                ? try take("\(name).\(kind).bias", shape: [width]).elements
                : Array(repeating: 0, count: width)
        }
        return try pack(
            name, weight: Tensor(weights, shape: [3 * width, width]),
            bias: Tensor(biases, shape: [3 * width]))
    }

    private mutating func takePositions(
        _ name: String, _ shape: SwinTransformer.Configuration, _ stage: Int, _ names: SwinNames
    ) throws(BackboneError) -> PositionBias {
        let heads = shape.heads[stage]
        if let learned = shape.learnedWindows {
            let places = (2 * learned[stage].rows - 1) * (2 * learned[stage].columns - 1)
            return .table(
                try take("\(name).relative_position_bias_table", shape: [places, heads]))
        }
        let network = "\(name).\(names.positions)", hidden = 512
        return .continuous(
            ContinuousPositionBias(
                expansion: try take("\(network).0.weight", shape: [hidden, 2]),
                expansionBias: try take("\(network).0.bias", shape: [hidden]),
                contraction: try take("\(network).2.weight", shape: [heads, hidden]),
                pretrainedSide: shape.pretrainedWindows[stage]))
    }
}
