import CKernels
import Tensors

// Attention of one query to keys that are the values too. Weights and scores are `[B, N]`.

extension Kernel {
    /// Sequences that a worker computes at a time.
    private static let sequencePiece = 8

    static func attendOne(
        _ q: Tensor, _ keys: Tensor, scale: Float, to y: inout Tensor, weights: inout Tensor,
        on pool: WorkerPool
    ) {
        let (sequences, count, width) = (keys.shape[0], keys.shape[1], keys.shape[2])
        withSharedElements(of: &y, &weights) { y, weights in
            withConstantElements(of: q, keys) { q, keys in
                pool.forEachRange(of: sequences, size: sequencePiece) { piece in
                    for b in piece {
                        avprep_attend_one(
                            y + b * width, weights + b * count, q + b * width,
                            keys + b * count * width, count, width, scale)
                    }
                }
            }
        }
    }

    /// The cotangent of the scores before scaling.
    static func attendOneScores(
        _ dy: Tensor, _ keys: Tensor, weights: Tensor, to scores: inout Tensor,
        on pool: WorkerPool
    ) {
        let (sequences, count, width) = (keys.shape[0], keys.shape[1], keys.shape[2])
        scores.withSharedElements { scores in
            withConstantElements(of: dy, keys, weights) { dy, keys, weights in
                pool.forEachRange(of: sequences, size: sequencePiece) { piece in
                    for b in piece {
                        avprep_attend_one_ds(
                            scores + b * count, dy + b * width, weights + b * count,
                            keys + b * count * width, count, width)
                    }
                }
            }
        }
    }

    static func attendOneQueryGradient(
        _ scores: Tensor, _ keys: Tensor, scale: Float, to dq: inout Tensor, adding: Bool,
        on pool: WorkerPool
    ) {
        let (sequences, count, width) = (keys.shape[0], keys.shape[1], keys.shape[2])
        dq.withSharedElements { dq in
            withConstantElements(of: scores, keys) { scores, keys in
                pool.forEachRange(of: sequences, size: sequencePiece) { piece in
                    for b in piece {
                        avprep_attend_one_dq(
                            dq + b * width, scores + b * count, keys + b * count * width, count,
                            width, scale, adding ? 1 : 0)
                    }
                }
            }
        }
    }

    static func attendOneKeyGradient(
        _ scores: Tensor, weights: Tensor, _ q: Tensor, _ dy: Tensor, scale: Float,
        to dk: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        let (sequences, count, width) = (dk.shape[0], dk.shape[1], dk.shape[2])
        dk.withSharedElements { dk in
            withConstantElements(of: scores, weights) { scores, weights in
                withConstantElements(of: q, dy) { q, dy in
                    pool.forEachRange(of: sequences, size: sequencePiece) { piece in
                        for b in piece {
                            avprep_attend_one_dk(
                                dk + b * count * width, scores + b * count, weights + b * count,
                                q + b * width, dy + b * width, count, width, scale,
                                adding ? 1 : 0)
                        }
                    }
                }
            }
        }
    }
}
