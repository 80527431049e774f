import Neural
import Tensors

extension VisionTransformer {
    /// The small Vision Transformer that needs no download: `builtin:tiny`.
    ///
    /// Its weights are drawn from SplitMix64, seeded with 2026, in this order: kernel of the patch
    /// embedding, class token, positions, then for each block the matrices of queries, keys and
    /// values, of the attention's output, and of the two layers of the MLP, each `[outputs, inputs]`
    /// by rows. An element of a matrix is uniform in ±√(3 / inputs), which preserves variance; of
    /// the class token and the positions, in ±0.5. Biases are 0 and norms the identity.
    ///
    /// Untrained, it is a fixed random map: enough to tell a picture from another, no more.
    static func tiny(_ compute: ComputeType) throws(BackboneError) -> VisionTransformer {
        let configuration = Configuration(
            inputHeight: 224, inputWidth: 224, patches: PatchGeometry(side: 16), resizing: .bicubic,
            width: 96, hiddenWidth: 192, depth: 4, heads: 3, activation: .gelu, epsilon: 1e-6,
            pixels: PixelNormalisation(), spectrograms: .asPicture)
        let c = configuration.width, hidden = configuration.hiddenWidth
        var generator = SplitMix64(seed: 2026)

        func matrix(_ outputs: Int, _ inputs: Int) -> Tensor {
            let bound = (3 / Float(inputs)).squareRoot()
            return .random(in: -bound...bound, shape: [outputs, inputs], using: &generator)
        }
        func linear(
            _ weight: Tensor, activation: FrozenLinear.Activation = .none
        ) throws(BackboneError) -> FrozenLinear {
            do {
                return try FrozenLinear(
                    weight: weight, bias: nil, activation: activation, compute: compute)
            } catch {
                throw BackboneError("make backbone builtin:tiny", "\(error)")
            }
        }
        let norm = FrozenLayerNorm(
            weight: Tensor(repeating: 1, shape: [c]), bias: Tensor(shape: [c]),
            epsilon: configuration.epsilon)

        let patches = try linear(matrix(c, configuration.patches.elements))
        let classToken = Tensor.random(in: -0.5...0.5, shape: [1, c], using: &generator)
        let classPosition = Tensor.random(in: -0.5...0.5, shape: [1, c], using: &generator)
        let positions = Tensor.random(in: -0.5...0.5, shape: [196, c], using: &generator)
        let embedding = Embedding(
            patches: patches, specials: classToken, specialPositions: classPosition,
            positions: PositionGrid(rows: 14, columns: 14, values: positions), classRow: 0)
        var blocks: [EncoderBlock] = []
        for _ in 0..<configuration.depth {
            blocks.append(
                EncoderBlock(
                    norm1: norm, qkv: try linear(matrix(3 * c, c)),
                    projection: try linear(matrix(c, c)), norm2: norm,
                    feedForward: FeedForward(
                        expansion: try linear(matrix(hidden, c), activation: .gelu),
                        contraction: try linear(matrix(c, hidden)))))
        }
        return VisionTransformer(configuration, embedding, blocks: blocks, finalNorm: norm)
    }
}
