import CKernels
import Tensors

// A worker computes all times of some sequences. Tensors are `[B, T, …]`; `previous` holds h_{t−1},
// `squashed` tanh c_t.

extension Kernel {
    /// Sequences that a worker computes at a time.
    private static let recurrentPiece = 32

    static func lstm(
        _ z: Tensor, _ w: Tensor, bias: Tensor, _ sizes: LSTMSizes, to y: inout Tensor,
        gates: inout Tensor, previous: inout Tensor, squashed: inout Tensor, work: inout Tensor,
        on pool: WorkerPool
    ) {
        y.withSharedElements { y in
            withSharedElements(of: &gates, &previous) { gates, previous in
                withSharedElements(of: &squashed, &work) { squashed, work in
                    withConstantElements(of: z, w, bias) { z, w, bias in
                        let run = LSTMRun(
                            sizes: sizes, y: y, gates: gates, previous: previous,
                            squashed: squashed, work: work)
                        pool.forEachRange(of: sizes.sequences, size: recurrentPiece) { piece in
                            for step in 0..<sizes.times {
                                run.prepare(piece, step, z, bias)
                                if step > 0 { run.multiply(piece, step, w) }
                                for b in piece { run.advance(b, step) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Sets `slopes` to the cotangents of what the gates are computed from.
    static func lstmGradient(
        _ dy: Tensor, of y: Tensor, _ w: Tensor, _ sizes: LSTMSizes, gates: Tensor,
        squashed: Tensor, to slopes: inout Tensor, work: inout Tensor, on pool: WorkerPool
    ) {
        withSharedElements(of: &slopes, &work) { slopes, work in
            withConstantElements(of: dy, y, w) { dy, y, w in
                withConstantElements(of: gates, squashed) { gates, squashed in
                    let run = LSTMBackwardRun(
                        sizes: sizes, dy: dy, y: y, gates: gates, squashed: squashed,
                        slopes: slopes, carry: work)
                    pool.forEachRange(of: sizes.sequences, size: recurrentPiece) { piece in
                        run.clear(piece)
                        for step in (0..<sizes.times).reversed() {
                            for b in piece { run.retreat(b, step) }
                            if step > 0 { run.multiply(piece, step, w) }
                        }
                    }
                }
            }
        }
    }
}

/// Where a recurrence reads and writes on its way through time.
private struct LSTMRun: Sendable {
    let sizes: LSTMSizes
    let y: SharedElements
    let gates: SharedElements
    let previous: SharedElements
    let squashed: SharedElements

    /// What gates are functions of, `[B, 4H]`.
    let work: SharedElements

    /// Starts the sums of the gates, and keeps h_{t−1}.
    func prepare(_ piece: Range<Int>, _ step: Int, _ z: ConstantElements, _ bias: ConstantElements)
    {
        let h = sizes.width, token = sizes.token(at: step)
        for b in piece {
            let row = b * sizes.times + token
            let sum = work + b * 4 * h, z = z + row * 4 * h, state = previous + row * h
            for c in 0..<4 * h { sum[c] = z[c] + bias.start[c] }
            if step == 0 {
                state.update(repeating: 0, count: h)
            } else {
                let before = b * sizes.times + sizes.token(at: step - 1)
                state.update(from: y + before * 2 * h, count: h)
            }
        }
    }

    /// Adds h_{t−1} W to the sums.
    func multiply(_ piece: Range<Int>, _ step: Int, _ w: ConstantElements) {
        let h = sizes.width, first = piece.lowerBound * sizes.times + sizes.token(at: step)
        Kernel.multiply(
            MatrixView(previous + first * h, piece.count, h, stride: sizes.times * h),
            MatrixView(w.start, h, 4 * h, stride: 4 * h), to: work + piece.lowerBound * 4 * h,
            stride: 4 * h, adding: true)
    }

    /// Computes gates and states of a sequence at a time.
    func advance(_ b: Int, _ step: Int) {
        let h = sizes.width, row = b * sizes.times + sizes.token(at: step)
        let sum = work + b * 4 * h, gate = gates + row * 4 * h
        avprep_sigmoid(gate, sum, 2 * h)
        avprep_tanh(gate + 2 * h, sum + 2 * h, h)
        avprep_sigmoid(gate + 3 * h, sum + 3 * h, h)
        let hidden = y + row * 2 * h, cell = hidden + h, squashed = squashed + row * h
        for c in 0..<h { cell[c] = gate[c] * gate[2 * h + c] }
        if step > 0 {
            let before = y + ((b * sizes.times + sizes.token(at: step - 1)) * 2 * h + h)
            for c in 0..<h { cell[c] += gate[h + c] * before[c] }
        }
        avprep_tanh(squashed, cell, h)
        for c in 0..<h { hidden[c] = gate[3 * h + c] * squashed[c] }
    }
}

/// Where a recurrence reads and writes on its way back.
private struct LSTMBackwardRun: Sendable {
    let sizes: LSTMSizes
    let dy: ConstantElements
    let y: ConstantElements
    let gates: ConstantElements
    let squashed: ConstantElements
    let slopes: SharedElements

    /// dh and dc from later times, in the first two quarters of `[B, 4H]`.
    let carry: SharedElements

    func clear(_ piece: Range<Int>) {
        for b in piece {
            (carry + b * 4 * sizes.width).update(repeating: 0, count: 2 * sizes.width)
        }
    }

    /// Stores the cotangents of a sequence's gates at a time, and the dc of the time before.
    func retreat(_ b: Int, _ step: Int) {
        let h = sizes.width, row = b * sizes.times + sizes.token(at: step)
        let gate = gates + row * 4 * h, slope = slopes + row * 4 * h
        let dy = dy + row * 2 * h, squashed = squashed + row * h
        let laterH = carry + b * 4 * h, laterC = laterH + h
        let before = step > 0 ? b * sizes.times + sizes.token(at: step - 1) : row
        let cell = y + (before * 2 * h + h), cellFactor: Float = step > 0 ? 1 : 0
        for c in 0..<h {
            let (i, f, g, o) = (gate[c], gate[h + c], gate[2 * h + c], gate[3 * h + c])
            let dh = dy[c] + laterH[c]
            let dc = dy[h + c] + laterC[c] + dh * o * (1 - squashed[c] * squashed[c])
            slope[c] = dc * g * i * (1 - i)
            slope[h + c] = dc * (cellFactor * cell[c]) * f * (1 - f)
            slope[2 * h + c] = dc * i * (1 - g * g)
            slope[3 * h + c] = dh * squashed[c] * o * (1 - o)
            laterC[c] = dc * f
        }
    }

    /// Stores the dh of the time before.
    func multiply(_ piece: Range<Int>, _ step: Int, _ w: ConstantElements) {
        let h = sizes.width, first = piece.lowerBound * sizes.times + sizes.token(at: step)
        Kernel.multiply(
            MatrixView(slopes + first * 4 * h, piece.count, 4 * h, stride: sizes.times * 4 * h),
            MatrixView(w.start, h, 4 * h, stride: 4 * h).transposed,
            to: carry + piece.lowerBound * 4 * h, stride: 4 * h)
    }
}
