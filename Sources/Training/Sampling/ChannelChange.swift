import Tensors

/// A change of each channel of a sample's states: of its scale, and by a shift.
///
///     x_c ← x_c · (1 + s εᶜ) + b σᶜ δᶜ,   ε, δ ~ U(−1, 1)
///
/// where σᶜ is the channel's deviation over the sample's tokens.
///
/// Source: Bär et al., *Frozen Feature Augmentation for Few-Shot Image Classification*, 2024
/// (arXiv:2403.10519), the channel-wise variants.
struct ChannelChange {
    /// By channel: 1 + s ε, and b δ.
    private let factors: [Float]
    private let shifts: [Float]

    init(scale: Double, shift: Double, channels: Int, _ generator: SplitMix64) {
        var generator = generator
        func draw(_ amount: Double) -> Float {
            Float(amount * Double.random(in: -1...1, using: &generator))
        }
        factors = (0..<channels).map { _ in 1 + draw(scale) }
        shifts = (0..<channels).map { _ in draw(shift) }
    }

    /// Changes rows of as many channels.
    func apply(to x: inout MutableSpan<Float>) {
        let channels = factors.count, rows = x.count / max(channels, 1)
        guard rows > 0 else { return }
        for c in 0..<channels {
            var sum = 0.0, squares = 0.0
            for row in 0..<rows {
                let value = Double(x[row * channels + c])
                sum += value
                squares += value * value
            }
            let mean = sum / Double(rows)
            let deviation = max(0, squares / Double(rows) - mean * mean).squareRoot()
            let shift = shifts[c] * Float(deviation)
            for row in 0..<rows {
                x[row * channels + c] = x[row * channels + c] * factors[c] + shift
            }
        }
    }
}
