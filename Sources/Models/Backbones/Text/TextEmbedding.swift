import Neural
import Tensors

/// The tables that make the input of the first block from the numbers of tokens.
struct TextEmbedding: Sendable {
    /// `[vocabulary, C]`.
    let words: Tensor

    /// `[positions, C]`; where tokens have types, with the vector of type 0 added to each row.
    let positions: Tensor

    /// See `TextTransformer.Configuration`.
    let padding: Int?

    /// Follows the sum; nil if there is none.
    let norm: FrozenLayerNorm?

    /// Overwrites `x`, `[tokens, C]`.
    ///
    /// - Precondition: Each number is below the size of the vocabulary.
    func embed(_ ids: [Int], to x: inout Tensor) {
        let c = words.columns
        var next = padding.map { $0 + 1 } ?? 0
        for (row, id) in ids.enumerated() {
            var position = next
            if id == padding { position = id } else { next += 1 }
            for i in 0..<c {
                x.elements[row * c + i] =
                    words.elements[id * c + i] + positions.elements[position * c + i]
            }
        }
        norm?.apply(to: &x)
    }
}
