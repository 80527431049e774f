import Tensors

extension Variable {
    /// Layer normalisation followed by an affine map, of rows that nothing is differentiated by.
    ///
    ///     x̂ = (x − mean) / √(variance + ε) by rows
    ///     y = (x̂ γ + β) W + b
    ///
    /// With G = x̂ᵀ dy and s = Σ dy over rows, where ∘ scales the rows of a matrix:
    ///
    ///     dW = γ ∘ G + β sᵀ,   db = s,   dγ = Σ W · G by rows,   dβ = W s
    ///
    /// So there is one product on the way back where the two operations take two, and nothing as
    /// large as x is written.
    ///
    /// - Parameters:
    ///   - gamma: `[inputs]`, scale.
    ///   - beta: `[inputs]`, shift.
    ///   - epsilon: Added to the variance.
    ///   - weight: `[inputs, outputs]`.
    ///   - bias: `[outputs]`.
    /// - Returns: `[..., outputs]`, for a receiver of shape `[..., inputs]` that needs no gradient.
    public func normalisedLinear(
        _ gamma: Parameter, _ beta: Parameter, epsilon: Float, _ weight: Parameter,
        bias: Parameter? = nil
    ) -> Variable {
        let x = self, pool = tape.pool
        let g = tape.variable(gamma), b = tape.variable(beta), w = tape.variable(weight)
        let c = bias.map(tape.variable)
        precondition(!needsGradient, "its rows are to be constants")
        precondition(w.shape.count == 2 && w.shape[0] == columns, "\(shape) × \(w.shape)")
        precondition(g.count == columns && b.count == columns && c?.count ?? w.columns == w.columns)
        let map = tape.keep(
            NormalisedMap(rows: rows, inputs: columns, outputs: w.columns, epsilon: epsilon),
            elements: \.count)
        let inputs = [x, g, b, w] + (c.map { [$0] } ?? [])
        return tape.record(shape.dropLast() + [w.columns], from: inputs) { y in
            Kernel.multiplyNormalised(
                x.value, gamma: g.value, beta: b.value, weight: w.value, bias: c?.value,
                &map.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            Kernel.normalisedGradient(dy, x.value, &map.value, on: pool)
            cotangents.contribute(to: w) { dw, adding in
                Kernel.normalisedWeightGradient(
                    map.value, gamma: g.value, beta: b.value, to: &dw, adding: adding)
            }
            cotangents.contribute(to: g) { dg, adding in
                Kernel.normalisedScaleGradient(
                    map.value, weight: w.value, ofShift: false, to: &dg, adding: adding)
            }
            cotangents.contribute(to: b) { db, adding in
                Kernel.normalisedScaleGradient(
                    map.value, weight: w.value, ofShift: true, to: &db, adding: adding)
            }
            guard let c else { return }
            cotangents.contribute(to: c) { dc, adding in
                Kernel.scale(
                    map.value.cotangentSum, by: 1, to: &dc, adding: adding, on: .serial)
            }
        }
    }
}
