import Neural
import Tensors

extension CheckpointTensors {
    /// A block of a Vision Transformer.
    ///
    /// - Parameters:
    ///   - names: What the checkpoint calls its tensors.
    ///   - shape: That of the model.
    ///   - hasBias: Whether the maps to queries, keys and values have one.
    /// - Returns: The block, packed.
    /// - Throws: ``BackboneError`` that names the tensor which is absent or has another shape.
    mutating func takeBlock(
        _ names: EncoderBlockNames, _ shape: VisionTransformer.Configuration, hasBias: Bool = true
    ) throws(BackboneError) -> EncoderBlock {
        let c = shape.width
        var weights: [Float] = [], biases: [Float] = []
        for name in names.qkv {
            let rows = 3 * c / names.qkv.count
            weights += try take("\(name).weight", shape: [rows, c]).elements
            if hasBias { biases += try take("\(name).bias", shape: [rows]).elements }
        }
        let scale1 = try names.scales.first.map { name throws(BackboneError) in
            try take(name, shape: [c])
        }
        let scale2 = try names.scales.last.map { name throws(BackboneError) in
            try take(name, shape: [c])
        }
        return EncoderBlock(
            norm1: try takeNorm(names.norm1, width: c, epsilon: shape.epsilon),
            qkv: try pack(
                names.qkv[0], weight: Tensor(weights, shape: [3 * c, c]),
                bias: hasBias ? Tensor(biases, shape: [3 * c]) : nil),
            projection: try takeScaled(names.projection, inputs: c, outputs: c, by: scale1),
            norm2: try takeNorm(names.norm2, width: c, epsilon: shape.epsilon),
            feedForward: try takeFeedForward(names, shape, scale2))
    }

    private mutating func takeFeedForward(
        _ names: EncoderBlockNames, _ shape: VisionTransformer.Configuration, _ scale: Tensor?
    ) throws(BackboneError) -> FeedForward {
        let c = shape.width, hidden = shape.hiddenWidth
        guard shape.activation == .gatedSiLU else {
            let expansion = try takeLinear(
                names.expansion, inputs: c, outputs: hidden, activation: shape.activation.ofProduct)
            return FeedForward(
                expansion: expansion,
                contraction: try takeScaled(
                    names.contraction, inputs: hidden, outputs: c, by: scale))
        }
        let weight = try take("\(names.expansion).weight", shape: [2 * hidden, c])
        let bias = try take("\(names.expansion).bias", shape: [2 * hidden])

        // SiLU is x · σ(x) = α · quickGELU(x / α): the gate is divided by α, the rest multiplied.
        let alpha: Float = 1.702
        func half(_ x: Tensor, _ start: Int, _ factor: Float) -> Tensor {
            let rows = x.elements[start * x.count / 2..<(start + 1) * x.count / 2]
            return Tensor(rows.map { $0 * factor }, shape: [hidden] + x.shape.dropFirst())
        }
        return FeedForward(
            expansion: try pack(
                names.expansion, weight: half(weight, 1, alpha), bias: half(bias, 1, alpha)),
            contraction: try takeScaled(names.contraction, inputs: hidden, outputs: c, by: scale),
            gate: try pack(
                names.expansion, weight: half(weight, 0, 1 / alpha), bias: half(bias, 0, 1 / alpha),
                activation: .quickGELU))
    }

    /// An affine map whose results are multiplied by a layer scale, `[outputs]`.
    private mutating func takeScaled(
        _ name: String, inputs: Int, outputs: Int, by scale: Tensor?
    ) throws(BackboneError) -> FrozenLinear {
        var weight = try take("\(name).weight", shape: [outputs, inputs])
        var bias = try take("\(name).bias", shape: [outputs])
        if let scale {
            bias.multiply(by: scale)
            for row in 0..<outputs {
                for i in row * inputs..<(row + 1) * inputs {
                    weight.elements[i] *= scale.elements[row]
                }
            }
        }
        return try pack(name, weight: weight, bias: bias)
    }
}
