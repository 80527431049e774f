import Foundation
import Tensors

extension Variable {
    /// Convex combination with another variable of the same shape, by a learned share.
    ///
    ///     μ = σ(α / τ)
    ///     y = μ · x + (1 − μ) · u
    ///     dx = μ · dy,   du = (1 − μ) · dy,   dα = ⟨dy, x − u⟩ · μ (1 − μ) / τ
    ///
    /// Source: the side network of Sung, Cho, Bansal, *LST: Ladder Side-Tuning*, 2022
    /// (arXiv:2206.06522), §3.2, where τ = 0.1.
    ///
    /// - Parameters:
    ///   - other: u.
    ///   - alpha: α, a scalar.
    ///   - temperature: τ.
    /// - Returns: The shape of the receiver.
    public func mixed(
        with other: Variable, by alpha: Parameter, temperature: Float
    ) -> Variable {
        precondition(shape == other.shape, "\(shape) is mixed with \(other.shape)")
        precondition(alpha.value.count == 1 && temperature > 0)
        let x = self, u = other, a = tape.variable(alpha), pool = tape.pool
        let share = 1 / (1 + exp(-a.value.elements[0] / temperature))
        var y = Tensor(shape: shape)
        Kernel.add(x.value, times: share, to: &y, on: pool)
        Kernel.add(u.value, times: 1 - share, to: &y, on: pool)
        return tape.record(y, from: x, u, a) { dy, cotangents in
            cotangents.accumulate(into: x) { Kernel.add(dy, times: share, to: &$0, on: pool) }
            cotangents.accumulate(into: u) { Kernel.add(dy, times: 1 - share, to: &$0, on: pool) }
            cotangents.accumulate(into: a) {
                let difference = Kernel.dot(dy, x.value) - Kernel.dot(dy, u.value)
                $0.elements[0] += Float(difference) * share * (1 - share) / temperature
            }
        }
    }
}
