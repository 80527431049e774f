import Tensors

extension Variable {
    /// Recurrence of a long short-term memory over time, from what its input contributes to the gates.
    ///
    ///     [i f g o] = z_t + h_{t−1} W + b, of which g by tanh, the others by σ
    ///     c_t = f · c_{t−1} + i · g,   h_t = o · tanh c_t,   h and c zero before the first time
    ///
    /// Back through time, with dh and dc of later times added to those of the output:
    ///
    ///     dc += dh · o (1 − tanh² c_t)
    ///     da_t = [dc · g · i (1 − i), dc · c_{t−1} · f (1 − f), dc · i · (1 − g²), dh · tanh c_t · o (1 − o)]
    ///     dh_{t−1} = da_t Wᵀ,   dc_{t−1} = dc · f
    ///     dz = da,   dW = Σ h_{t−1}ᵀ da_t,   db = Σ da
    ///
    /// Source: Hochreiter, Schmidhuber, *Long Short-Term Memory*, 1997, with the gates of PyTorch's.
    ///
    /// - Parameters:
    ///   - weight: W, `[H, 4H]`.
    ///   - bias: b, `[4H]`.
    ///   - isReversed: Whether time runs from the last token to the first.
    /// - Returns: h and c side by side for each token, `[B, T, 2H]`, for a receiver z of shape `[B, T, 4H]`.
    public func lstm(_ weight: Parameter, bias: Parameter, isReversed: Bool = false) -> Variable {
        let z = self, w = tape.variable(weight), b = tape.variable(bias), pool = tape.pool
        let sizes = LSTMSizes(shape, w.shape, isReversed: isReversed)
        precondition(b.count == 4 * sizes.width, "\(b.shape) for \(shape)")
        let gates = tape.scratch(shape), slopes = tape.scratch(shape)
        let previous = tape.scratch(sizes.states), squashed = tape.scratch(sizes.states)
        let work = tape.scratch([sizes.sequences, 4 * sizes.width])
        return tape.record([sizes.sequences, sizes.times, 2 * sizes.width], from: [z, w, b]) { y in
            Kernel.lstm(
                z.value, w.value, bias: b.value, sizes, to: &y, gates: &gates.value,
                previous: &previous.value, squashed: &squashed.value, work: &work.value, on: pool)
        } pullbackOfOutput: { y, dy, cotangents in
            Kernel.lstmGradient(
                dy, of: y, w.value, sizes, gates: gates.value, squashed: squashed.value,
                to: &slopes.value, work: &work.value, on: pool)
            cotangents.contribute(to: z) { dz, adding in
                Kernel.scale(slopes.value, by: 1, to: &dz, adding: adding, on: pool)
            }
            cotangents.contribute(to: w) { dw, adding in
                Kernel.product(
                    previous.value, slopes.value, transposed: (true, false), to: &dw,
                    adding: adding, on: pool)
            }
            cotangents.contribute(to: b) { db, adding in
                Kernel.sumRows(of: slopes.value, to: &db, adding: adding, on: pool)
            }
        }
    }
}

/// Extents of a recurrence, checked once.
struct LSTMSizes: Sendable {
    let sequences: Int
    let times: Int

    /// H.
    let width: Int
    let isReversed: Bool

    init(_ z: [Int], _ w: [Int], isReversed: Bool) {
        precondition(z.count == 3 && z[1] > 0, "a recurrence over \(z)")
        precondition(w.count == 2 && w[1] == z[2] && w[0] * 4 == w[1], "\(z), \(w)")
        (sequences, times, width) = (z[0], z[1], w[0])
        self.isReversed = isReversed
    }

    var states: [Int] { [sequences, times, width] }

    /// The token that is met after `step` others.
    func token(at step: Int) -> Int { isReversed ? times - 1 - step : step }
}
