import CKernels
import Tensors

// Attention of one query to normalised constant rows. Weights and scores are `[B, N]`, moments `[2, B, N]`: the
// means, then the reciprocal standard deviations.

extension Kernel {
    static func attendNormalised(
        _ q: Tensor, _ x: Tensor, scale: Float, epsilon: Float, to y: inout Tensor,
        weights: inout Tensor, moments: inout Tensor, on pool: WorkerPool
    ) {
        let (sequences, count, width) = (x.shape[0], x.shape[1], x.shape[2])
        withSharedElements(of: &y, &weights) { y, weights in
            moments.withSharedElements { moments in
                withConstantElements(of: q, x) { q, x in
                    pool.forEachRange(of: sequences, size: 1) { piece in
                        for b in piece {
                            let row = b * count
                            avprep_attend_normalised(
                                y + b * width, weights + row, moments + row,
                                moments + (sequences * count + row), q + b * width,
                                x + row * width, count, width, scale, epsilon)
                        }
                    }
                }
            }
        }
    }

    static func attendNormalisedQueryGradient(
        _ dy: Tensor, _ x: Tensor, weights: Tensor, moments: Tensor, scores: inout Tensor,
        scale: Float, to dq: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        let (sequences, count, width) = (x.shape[0], x.shape[1], x.shape[2])
        withSharedElements(of: &dq, &scores) { dq, scores in
            withConstantElements(of: dy, x) { dy, x in
                withConstantElements(of: weights, moments) { weights, moments in
                    pool.forEachRange(of: sequences, size: 1) { piece in
                        for b in piece {
                            let row = b * count
                            avprep_attend_normalised_dq(
                                dq + b * width, scores + row, dy + b * width, weights + row,
                                moments + row, moments + (sequences * count + row),
                                x + row * width, count, width, scale, adding ? 1 : 0)
                        }
                    }
                }
            }
        }
    }
}
