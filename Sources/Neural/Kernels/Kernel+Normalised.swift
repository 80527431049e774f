import CKernels
import Tensors

/// Memory and extents of a map of normalised constant rows; see ``Variable/normalisedLinear``.
struct NormalisedMap {
    let rows: Int
    let inputs: Int
    let outputs: Int
    let epsilon: Float

    /// γ ∘ W in panels, and β W + b.
    var words: Tensor
    var shift: Tensor

    /// `[2, rows]`: the means, then the reciprocal standard deviations.
    var moments: Tensor

    /// The cotangent of the output in panels, its sum over rows, and x̂ᵀ dy, `[inputs, outputs]`.
    var cotangent: Tensor
    var cotangentSum: Tensor
    var gradient: Tensor

    static let level = InstructionLevel.highest.kernels

    init(rows: Int, inputs: Int, outputs: Int, epsilon: Float) {
        (self.rows, self.inputs, self.outputs, self.epsilon) = (rows, inputs, outputs, epsilon)
        words = Tensor(shape: [avprep_normalised_words(Self.level, inputs, outputs)])
        shift = Tensor(shape: [outputs])
        moments = Tensor(shape: [2, rows])
        cotangent = Tensor(shape: [(rows + 15) / 16 * 16, outputs])
        cotangentSum = Tensor(shape: [outputs])
        gradient = Tensor(shape: [inputs, outputs])
    }

    /// Floats that it holds.
    var count: Int {
        words.count + shift.count + moments.count + cotangent.count + cotangentSum.count
            + gradient.count
    }
}

extension Kernel {
    /// Rows, and inputs, that a worker computes at a time.
    private static let normalisedRows = 96
    private static let normalisedInputs = 64

    /// y = LN(x) W + b.
    static func multiplyNormalised(
        _ x: Tensor, gamma: Tensor, beta: Tensor, weight: Tensor, bias: Tensor?,
        _ map: inout NormalisedMap, to y: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, inputs, outputs, epsilon) = (map.rows, map.inputs, map.outputs, map.epsilon)
        precondition(x.count == rows * inputs && y.count == rows * outputs)
        if let bias {
            scale(bias, by: 1, to: &map.shift, adding: false, on: .serial)
        } else {
            map.shift.fill(0)
        }
        product(
            beta, weight, transposed: (false, false), to: &map.shift, adding: true, on: .serial)
        avprep_pack_normalised(
            NormalisedMap.level, weight.elements, gamma.elements, inputs, outputs,
            &map.words.elements)
        withSharedElements(of: &y, &map.moments) {
            [words = map.words, shift = map.shift] y, moments in
            withConstantElements(of: x, words, shift) { x, words, shift in
                pool.forEachRange(of: rows, size: normalisedRows) { piece in
                    let row = piece.lowerBound
                    avprep_multiply_normalised(
                        NormalisedMap.level, x + row * inputs, piece.count, inputs, outputs,
                        words.start, shift.start, epsilon, y + row * outputs, moments + row,
                        moments + (rows + row))
                }
            }
        }
    }

    /// x̂ᵀ dy and Σ dy, from which all gradients follow.
    static func normalisedGradient(
        _ dy: Tensor, _ x: Tensor, _ map: inout NormalisedMap, on pool: WorkerPool
    ) {
        let (rows, inputs, outputs) = (map.rows, map.inputs, map.outputs)
        precondition(x.count == rows * inputs && dy.count == rows * outputs)
        sumRows(of: dy, to: &map.cotangentSum, adding: false, on: pool)
        map.cotangent.withSharedElements { words in
            withConstantElements(of: dy) { dy in
                pool.forEachRange(of: rows, size: Int(avprep_cotangent_block)) { piece in
                    let first = piece.lowerBound * outputs
                    avprep_pack_cotangent(
                        NormalisedMap.level, dy + first, piece.count, outputs, words + first)
                }
            }
        }
        map.gradient.withSharedElements { [words = map.cotangent, moments = map.moments] gradient in
            withConstantElements(of: x, words, moments) { x, words, moments in
                pool.forEachRange(of: inputs, size: normalisedInputs) { piece in
                    avprep_normalised_gradient(
                        NormalisedMap.level, x.start, moments.start, moments + rows, rows, inputs,
                        outputs, words.start, piece.lowerBound, piece.count, gradient.start)
                }
            }
        }
    }

    /// dW = γ ∘ G + β ⊗ Σ dy, with G = x̂ᵀ dy.
    static func normalisedWeightGradient(
        _ map: NormalisedMap, gamma: Tensor, beta: Tensor, to dw: inout Tensor, adding: Bool
    ) {
        let (inputs, outputs) = (map.inputs, map.outputs)
        dw.withSharedElements { dw in
            withConstantElements(of: map.gradient, map.cotangentSum) { gradient, sum in
                withConstantElements(of: gamma, beta) { gamma, beta in
                    for i in 0..<inputs {
                        let (g, b, first) = (gamma.start[i], beta.start[i], i * outputs)
                        let (target, source) = (dw + first, gradient + first)
                        if adding {
                            for o in 0..<outputs { target[o] += g * source[o] + b * sum.start[o] }
                        } else {
                            for o in 0..<outputs { target[o] = g * source[o] + b * sum.start[o] }
                        }
                    }
                }
            }
        }
    }

    /// dγ or dβ: the sums over the rows of W ∘ G, or of W with every row times Σ dy.
    static func normalisedScaleGradient(
        _ map: NormalisedMap, weight: Tensor, ofShift: Bool, to gradient: inout Tensor, adding: Bool
    ) {
        let (inputs, outputs) = (map.inputs, map.outputs)
        gradient.withSharedElements { target in
            withConstantElements(of: weight, map.gradient, map.cotangentSum) { weight, g, sum in
                for i in 0..<inputs {
                    let factors = ofShift ? sum.start : g + i * outputs
                    let product = Float(avprep_dot(weight + i * outputs, factors, outputs))
                    target.start[i] = adding ? target.start[i] + product : product
                }
            }
        }
    }
}
