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
        return tape.record(shape, from: [x, u, a]) { y in
            let share = a.share(temperature: temperature)
            Kernel.sum(x.value, times: share, u.value, times: 1 - share, to: &y, on: pool)
        } pullback: { dy, cotangents in
            let share = a.share(temperature: temperature)
            cotangents.contribute(to: x) { dx, adding in
                Kernel.scale(dy, by: share, to: &dx, adding: adding, on: pool)
            }
            cotangents.contribute(to: u) { du, adding in
                Kernel.scale(dy, by: 1 - share, to: &du, adding: adding, on: pool)
            }
            cotangents.accumulate(into: a) {
                let difference = Kernel.dot(dy, x.value) - Kernel.dot(dy, u.value)
                $0.elements[0] += Float(difference) * share * (1 - share) / temperature
            }
        }
    }

    private func share(temperature: Float) -> Float {
        1 / (1 + exp(-value.elements[0] / temperature))
    }
}
