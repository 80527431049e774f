import CKernels
import Tensors

/// Extents of an attention of one query, checked once.
struct TokenAttentionSizes: Sendable {
    let sequences: Int
    let tokens: Int
    let columns: Int
    let range: Range<Int>
    let scale: Float

    init(_ q: [Int], _ k: [Int], _ range: Range<Int>, _ scale: Float) {
        precondition(k.count == 3 && q == [k[0], k[2]], "attention of \(q) to tokens of \(k)")
        precondition(range.lowerBound >= 0 && range.upperBound <= k[1], "\(range) of \(k)")
        (sequences, tokens, columns) = (k[0], k[1], k[2])
        (self.range, self.scale) = (range, scale)
    }

    /// How many tokens a sequence has to attend to.
    func count(_ sequence: Int, _ lengths: Tensor?) -> Int {
        let end = lengths.map { Int($0.elements[sequence]) } ?? tokens
        return max(0, min(end, range.upperBound) - range.lowerBound)
    }

    /// Where its first such token lies, and that token's weight.
    func firstElement(_ sequence: Int) -> Int { firstToken(sequence) * columns }
    func firstToken(_ sequence: Int) -> Int { sequence * tokens + range.lowerBound }
}

extension Kernel {
    static func attendToTokens(
        _ q: Tensor, _ k: Tensor, _ lengths: Tensor?, _ sizes: TokenAttentionSizes,
        to y: inout Tensor, _ weights: inout Tensor, on pool: WorkerPool
    ) {
        let c = sizes.columns
        withSharedElements(of: &y, &weights) { y, weights in
            withConstantElements(of: q, k) { q, k in
                pool.forEach(sizes.sequences) { s in
                    let n = sizes.count(s, lengths), p = weights + sizes.firstToken(s)
                    (y + s * c).update(repeating: 0, count: c)
                    guard n > 0 else { return }
                    let keys = MatrixView(k + sizes.firstElement(s), n, c, stride: c)
                    multiply(
                        MatrixView(q + s * c, 1, c, stride: c), keys.transposed, to: p, stride: n)
                    avprep_softmax(p, 1, n, sizes.scale)
                    multiply(MatrixView(p, 1, n, stride: n), keys, to: y + s * c, stride: c)
                }
            }
        }
    }

    /// The cotangent of the scores before scaling.
    static func tokenScoreGradient(
        _ dy: Tensor, _ k: Tensor, _ lengths: Tensor?, _ weights: Tensor,
        _ sizes: TokenAttentionSizes, to scores: inout Tensor, on pool: WorkerPool
    ) {
        let c = sizes.columns
        scores.withSharedElements { scores in
            withConstantElements(of: dy, k, weights) { dy, k, weights in
                pool.forEach(sizes.sequences) { s in
                    let n = sizes.count(s, lengths), ds = scores + sizes.firstToken(s)
                    guard n > 0 else { return }
                    let keys = MatrixView(k + sizes.firstElement(s), n, c, stride: c)
                    multiply(
                        MatrixView(dy + s * c, 1, c, stride: c), keys.transposed, to: ds, stride: n)
                    avprep_softmax_dx(ds, weights + sizes.firstToken(s), 1, n)
                }
            }
        }
    }

    static func addTokenQueryGradient(
        to dq: inout Tensor, _ scores: Tensor, _ k: Tensor, _ lengths: Tensor?,
        _ sizes: TokenAttentionSizes, on pool: WorkerPool
    ) {
        let c = sizes.columns
        dq.withSharedElements { dq in
            withConstantElements(of: scores, k) { scores, k in
                pool.forEach(sizes.sequences) { s in
                    let n = sizes.count(s, lengths)
                    guard n > 0 else { return }
                    multiply(
                        MatrixView(scores + sizes.firstToken(s), 1, n, stride: n),
                        MatrixView(k + sizes.firstElement(s), n, c, stride: c), times: sizes.scale,
                        to: dq + s * c, stride: c, adding: true)
                }
            }
        }
    }

    static func addTokenGradient(
        to dk: inout Tensor, _ dy: Tensor, _ q: Tensor, _ rows: (weights: Tensor, scores: Tensor),
        _ lengths: Tensor?, _ sizes: TokenAttentionSizes, on pool: WorkerPool
    ) {
        let c = sizes.columns
        dk.withSharedElements { dk in
            withConstantElements(of: dy, q) { dy, q in
                withConstantElements(of: rows.weights, rows.scores) { weights, scores in
                    pool.forEach(sizes.sequences) { s in
                        let p = weights + sizes.firstToken(s), ds = scores + sizes.firstToken(s)
                        let dy = dy + s * c, q = q + s * c
                        for token in 0..<sizes.count(s, lengths) {
                            let target = dk + (sizes.firstElement(s) + token * c)
                            let slope = sizes.scale * ds[token], weight = p[token]
                            for i in 0..<c { target[i] += slope * q[i] + weight * dy[i] }
                        }
                    }
                }
            }
        }
    }
}
