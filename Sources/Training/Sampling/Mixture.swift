import Foundation
import Tensors

/// With which other sample a sample is mixed, and how much of it is left.
///
///     x ← λ x + (1 − λ) x′,   y ← λ y + (1 − λ) y′,   λ ~ Beta(α, α)
///
/// The other is drawn from all samples of train, not from the batch, so that a mixture does not depend
/// on its company.
///
/// Source: Zhang et al., *mixup: Beyond Empirical Risk Minimization*, 2018 (arXiv:1710.09412), eq. 1.
struct Mixture: Equatable {
    /// Index of the other sample.
    let other: Int

    /// λ.
    let share: Float

    init(other: Int, share: Float) { (self.other, self.share) = (other, share) }

    init(alpha: Double, samples: Int, key: NoiseKey) {
        var generator = key.generator(.mixup)
        other = Int.random(in: 0..<samples, using: &generator)
        let (a, b) = (Self.logGamma(alpha, &generator), Self.logGamma(alpha, &generator))
        share = Float(1 / (1 + exp(b - a)))
    }

    /// The logarithm of a deviate of Gamma(α, 1).
    ///
    /// Logarithms, because for a small α most deviates are too small for a number.
    ///
    /// Source: Marsaglia, Tsang, *A Simple Method for Generating Gamma Variables*, 2000; below α = 1
    /// that of α + 1 times U^(1/α).
    private static func logGamma(_ alpha: Double, _ generator: inout SplitMix64) -> Double {
        func uniform() -> Double { 1 - Double.random(in: 0..<1, using: &generator) }
        let boost = alpha < 1 ? log(uniform()) / alpha : 0
        let d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
            let v = pow(1 + c * x, 3)
            guard v > 0 else { continue }
            if log(uniform()) < x * x / 2 + d - d * v + d * log(v) { return boost + log(d * v) }
        }
    }
}
