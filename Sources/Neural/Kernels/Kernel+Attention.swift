import CKernels
import Tensors

// Heads are columns of the tensors, so their rows lie a whole token apart. A worker computes one
// head of one sequence at a time. Weights and scores are `[sequences, heads, queries, keys]`.

extension Kernel {
    static func attention(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, _ sizes: AttentionSizes, _ mask: AttentionMask,
        to y: inout Tensor, weights: inout Tensor, on pool: WorkerPool
    ) {
        withSharedElements(of: &y, &weights) { y, weights in
            withConstantElements(of: q, k, v) { q, k, v in
                mask.withElements { mask in
                    pool.forEach(sizes.sequences * sizes.heads) { head in
                        let p = weights + sizes.scores(of: head)
                        weigh(head, q, k, sizes, mask, to: p)
                        multiply(
                            sizes.scoreMatrix(p), sizes.keys(of: head, v),
                            to: y + sizes.firstQuery(of: head), stride: sizes.features)
                    }
                }
            }
        }
    }

    /// The weights of keys alone, P.
    static func attentionWeights(
        _ q: Tensor, _ k: Tensor, _ sizes: AttentionSizes, _ mask: AttentionMask,
        to weights: inout Tensor, on pool: WorkerPool
    ) {
        weights.withSharedElements { weights in
            withConstantElements(of: q, k) { q, k in
                mask.withElements { mask in
                    pool.forEach(sizes.sequences * sizes.heads) { head in
                        weigh(head, q, k, sizes, mask, to: weights + sizes.scores(of: head))
                    }
                }
            }
        }
    }

    /// P V for given weights.
    static func attentionOutput(
        _ weights: Tensor, _ v: Tensor, _ sizes: AttentionSizes, to y: inout Tensor,
        on pool: WorkerPool
    ) {
        y.withSharedElements { y in
            withConstantElements(of: weights, v) { weights, v in
                pool.forEach(sizes.sequences * sizes.heads) { head in
                    multiply(
                        sizes.scoreMatrix(weights + sizes.scores(of: head)),
                        sizes.keys(of: head, v), to: y + sizes.firstQuery(of: head),
                        stride: sizes.features)
                }
            }
        }
    }

    /// Stores dP = dy Vᵀ, or adds it.
    static func attentionWeightGradient(
        _ dy: Tensor, _ v: Tensor, _ sizes: AttentionSizes, to dp: inout Tensor, adding: Bool,
        on pool: WorkerPool
    ) {
        dp.withSharedElements { dp in
            withConstantElements(of: dy, v) { dy, v in
                pool.forEach(sizes.sequences * sizes.heads) { head in
                    multiply(
                        sizes.queries(of: head, dy), sizes.keys(of: head, v).transposed,
                        to: dp + sizes.scores(of: head), stride: sizes.keys, adding: adding)
                }
            }
        }
    }

    /// The weights of keys for the queries of one head.
    private static func weigh(
        _ head: Int, _ q: ConstantElements, _ k: ConstantElements, _ sizes: AttentionSizes,
        _ mask: AttentionMask.Elements, to p: UnsafeMutablePointer<Float>
    ) {
        multiply(
            sizes.queries(of: head, q), sizes.keys(of: head, k).transposed, to: p,
            stride: sizes.keys)
        guard !mask.isEmpty else {
            return avprep_softmax(p, sizes.queries, sizes.keys, sizes.scale)
        }
        let count = mask.count(ofSequence: head / sizes.heads, sizes)
        for query in 0..<sizes.queries {
            let row = p + query * sizes.keys
            for key in 0..<count { row[key] *= sizes.scale }
            if let scores = mask.scores {
                softmaxRow(row, scores + query * sizes.keys, count)
            } else {
                avprep_softmax(row, 1, count, 1)
            }
            for key in count..<sizes.keys { row[key] = 0 }
        }
    }

    /// The cotangent of the scores before scaling, P · (dP − Σ P · dP) by rows with dP = dy Vᵀ.
    static func attentionScoreGradient(
        _ dy: Tensor, _ v: Tensor, _ weights: Tensor, _ sizes: AttentionSizes,
        to scores: inout Tensor, on pool: WorkerPool
    ) {
        scores.withSharedElements { scores in
            withConstantElements(of: dy, v, weights) { dy, v, weights in
                pool.forEach(sizes.sequences * sizes.heads) { head in
                    let ds = scores + sizes.scores(of: head)
                    multiply(
                        sizes.queries(of: head, dy), sizes.keys(of: head, v).transposed, to: ds,
                        stride: sizes.keys)
                    avprep_softmax_dx(
                        ds, weights.start + sizes.scores(of: head), sizes.queries, sizes.keys)
                }
            }
        }
    }

    /// Stores s · dS K at dQ, or adds it.
    static func attentionQueryGradient(
        _ scores: Tensor, _ k: Tensor, _ sizes: AttentionSizes, to dq: inout Tensor,
        adding: Bool, on pool: WorkerPool
    ) {
        dq.withSharedElements { dq in
            withConstantElements(of: scores, k) { scores, k in
                pool.forEach(sizes.sequences * sizes.heads) { head in
                    multiply(
                        sizes.scoreMatrix(scores.start + sizes.scores(of: head)),
                        sizes.keys(of: head, k), times: sizes.scale,
                        to: dq + sizes.firstQuery(of: head), stride: sizes.features,
                        adding: adding)
                }
            }
        }
    }

    /// Stores s · dSᵀ Q at dK or Pᵀ dy at dV, or adds it.
    static func attentionKeyGradient(
        _ scores: Tensor, _ q: Tensor, scale: Float, _ sizes: AttentionSizes,
        to dk: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        dk.withSharedElements { dk in
            withConstantElements(of: scores, q) { scores, q in
                pool.forEach(sizes.sequences * sizes.heads) { head in
                    multiply(
                        sizes.scoreMatrix(scores.start + sizes.scores(of: head)).transposed,
                        sizes.queries(of: head, q), times: scale,
                        to: dk + sizes.firstKey(of: head), stride: sizes.features,
                        adding: adding)
                }
            }
        }
    }
}

extension AttentionSizes {
    var scores: [Int] { [sequences, heads, queries, keys] }

    // Offsets of what belongs to a head, where `head` counts through all sequences.

    fileprivate func scores(of head: Int) -> Int { head * queries * keys }

    fileprivate func firstQuery(of head: Int) -> Int {
        head / heads * queries * features + head % heads * width
    }

    fileprivate func firstKey(of head: Int) -> Int {
        head / heads * keys * features + head % heads * width
    }

    fileprivate func queries(of head: Int, _ q: ConstantElements) -> MatrixView {
        MatrixView(q.start + firstQuery(of: head), queries, width, stride: features)
    }

    fileprivate func keys(of head: Int, _ k: ConstantElements) -> MatrixView {
        MatrixView(k.start + firstKey(of: head), keys, width, stride: features)
    }

    fileprivate func scoreMatrix(_ start: UnsafePointer<Float>) -> MatrixView {
        MatrixView(start, queries, keys, stride: keys)
    }
}
