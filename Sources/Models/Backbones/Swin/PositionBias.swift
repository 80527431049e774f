import Foundation
import Tensors

/// What is added to the scores of a block for the place of a key relative to that of its query.
enum PositionBias: Sendable {
    /// A learned number for each head and relative place, `[(2 · rows − 1) · (2 · columns − 1), heads]`,
    /// for windows of one shape.
    case table(Tensor)

    case continuous(ContinuousPositionBias)

    /// The bias for windows of some shape, `[heads, N, N]`.
    func callAsFunction(_ window: WindowShape) -> Tensor {
        let table =
            switch self {
            case .table(let table): table
            case .continuous(let network): network.table(window)
            }
        let n = window.count, heads = table.columns, across = 2 * window.columns - 1
        precondition(table.rows == (2 * window.rows - 1) * across)
        var bias = Tensor(shape: [heads, n, n])
        for query in 0..<n {
            let (row, column) = query.quotientAndRemainder(dividingBy: window.columns)
            for key in 0..<n {
                let down = row - key / window.columns + window.rows - 1
                let right = column - key % window.columns + window.columns - 1
                let place = (down * across + right) * heads
                for head in 0..<heads {
                    bias.elements[(head * n + query) * n + key] = table.elements[place + head]
                }
            }
        }
        return bias
    }
}

/// Swin V2's position bias: a small network of the relative place on a logarithmic scale.
///
///     B = 16 · σ(W₂ · max(W₁ c + b₁, 0)),   c = sign(u) · log₂(1 + |u|) / log₂ 8,   u = 8 · Δ / (w − 1)
///
/// where Δ is the distance in tokens, of the query from the key, and w the side of the windows in
/// which the network was trained.
///
/// Source: Liu et al., *Swin Transformer V2*, 2022 (arXiv:2111.09883), eq. 3–4; the scale by 8 and the
/// sigmoid as in the authors' code, `models/swin_transformer_v2.py`.
struct ContinuousPositionBias: Sendable {
    /// `[hidden, 2]`, `[hidden]`, and `[heads, hidden]`.
    let expansion: Tensor
    let expansionBias: Tensor
    let contraction: Tensor

    /// Side of the windows of pre-training; 0 if the windows of the network are those.
    let pretrainedSide: Int

    /// The bias of each relative place, `[(2 · rows − 1) · (2 · columns − 1), heads]`.
    func table(_ window: WindowShape) -> Tensor {
        let heads = contraction.rows, hidden = expansionBias.count
        let downs = coordinates(window.rows), rights = coordinates(window.columns)
        // By hidden unit, so that the innermost loop, over heads, is no sum and can be vectorised.
        var weights = Tensor(shape: [hidden, heads])
        for head in 0..<heads {
            for unit in 0..<hidden {
                weights.elements[unit * heads + head] = contraction.elements[head * hidden + unit]
            }
        }
        var table = Tensor(shape: [downs.count * rights.count, heads])
        var sums = [Float](repeating: 0, count: heads)
        for (i, down) in downs.enumerated() {
            for (j, right) in rights.enumerated() {
                for head in 0..<heads { sums[head] = 0 }
                for unit in 0..<hidden {
                    let place =
                        expansion.elements[2 * unit] * down
                        + expansion.elements[2 * unit + 1] * right
                    let value = max(place + expansionBias.elements[unit], 0)
                    for head in 0..<heads {
                        sums[head] += value * weights.elements[unit * heads + head]
                    }
                }
                let first = (i * rights.count + j) * heads
                for head in 0..<heads {
                    table.elements[first + head] = 16 / (1 + exp(-sums[head]))
                }
            }
        }
        return table
    }

    /// The coordinates `c` of the distances −(side − 1) … side − 1.
    func coordinates(_ side: Int) -> [Float] {
        // A window of one token has only the distance 0.
        let reach = Float(max((pretrainedSide > 0 ? pretrainedSide : side) - 1, 1))
        return (1 - side..<side).map { distance in
            let u = 8 * Float(distance) / reach
            return (u < 0 ? -1 : 1) * log2(1 + abs(u)) / 3
        }
    }
}
