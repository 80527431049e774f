import Neural
import Tensors

extension CheckpointTensors {
    /// The convolution that embeds patches, as the matrix product it is.
    mutating func takePatchEmbedding(
        _ name: String, _ shape: VisionTransformer.Configuration, hasBias: Bool = true
    ) throws(BackboneError) -> FrozenLinear {
        let c = shape.width, patches = shape.patches
        let kernel = try take(
            "\(name).weight", shape: [c, patches.channels, patches.side, patches.side])
        return try pack(
            name, weight: Tensor(kernel, shape: [c, patches.elements]),
            bias: hasBias ? take("\(name).bias", shape: [c]) : nil)
    }

    /// Tokens that stand for no place, `[count, C]`; none for count 0.
    mutating func takeTokens(
        _ name: String, count: Int = 1, width: Int
    ) throws(BackboneError) -> Tensor {
        guard count > 0 else { return Tensor(shape: [0, width]) }
        return Tensor(
            try take(name, shape: [1, count, width]), shape: [count, width])
    }

    /// A table of positions, of which the first belong to special tokens and the others to the
    /// grid.
    ///
    /// - Parameters:
    ///   - name: That of the tensor, `[1, entries, C]`, or `[entries, C]` in an embedding.
    ///   - specials: How many belong to special tokens.
    ///   - shape: That of the model.
    ///   - isEmbedding: Whether it is the table of an embedding.
    /// - Returns: `[specials, C]`, and the others.
    /// - Throws: ``BackboneError`` that names the tensor if it is absent or has another shape.
    mutating func takePositions(
        _ name: String, specials: Int, _ shape: VisionTransformer.Configuration,
        isEmbedding: Bool = false
    ) throws(BackboneError) -> (specials: Tensor, grid: PositionGrid) {
        let (rows, columns) = shape.grid, c = shape.width
        let count = specials + rows * columns
        let table = try take(name, shape: (isEmbedding ? [] : [1]) + [count, c]).elements
        return (
            Tensor(Array(table.prefix(specials * c)), shape: [specials, c]),
            PositionGrid(
                rows: rows, columns: columns,
                values: Tensor(
                    Array(table.dropFirst(specials * c)), shape: [rows * columns, c]))
        )
    }
}

extension Tensor {
    /// The same elements in another shape.
    init(_ other: Tensor, shape: [Int]) { self.init(other.elements, shape: shape) }

    /// Rows of several tensors of the same width, one below the other.
    static func rows(_ parts: [Tensor]) -> Tensor {
        Tensor(
            parts.flatMap(\.elements),
            shape: [parts.reduce(0) { $0 + $1.rows }, parts[0].columns])
    }
}
