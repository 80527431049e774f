import Foundation

/// Triangular filters, equally spaced on the scale mel(f) = 1127 ln(1 + f / 700) and linear on it, of height 1.
///
/// Weights are computed in single precision, in the order of operations of torchaudio's `get_mel_banks`: where a filter
/// just touches a bin, its weight and hence the logarithm depends on the last bits. What is left is PyTorch's own
/// rounding of logarithms: up to 4e-4 of an energy. The Nyquist bin has no weight.
struct MelBank {
    /// The first bin of each band.
    let firstBins: [Int]

    /// Where the weights of each band begin in `weights`; one entry more than bands.
    let offsets: [Int]

    /// Weights of all bands, one after the other.
    let weights: [Float]

    init(_ preset: LogMelPreset) {
        let low = 1127 * log(1 + preset.lowFrequency / 700)
        let high = 1127 * log(1 + preset.highFrequency / 700)
        let delta = Float((high - low) / Double(preset.melBands + 1))
        let binWidth = Float(Double(preset.sampleRate) / Double(preset.fftSize))
        let mels = (0..<preset.fftSize / 2).map { bin in
            1127 * Float(log(Double(1 + binWidth * Float(bin) / 700)))
        }
        var firstBins: [Int] = []
        var offsets = [0]
        var weights: [Float] = []
        for band in 0..<preset.melBands {
            let left = Float(low) + Float(band) * delta
            let center = Float(low) + (Float(band) + 1) * delta
            let right = Float(low) + (Float(band) + 2) * delta
            let filter = mels.map { mel in
                max(0, min((mel - left) / (center - left), (right - mel) / (right - center)))
            }
            let first = filter.firstIndex { $0 > 0 } ?? 0
            let end = filter.lastIndex { $0 > 0 }.map { $0 + 1 } ?? first
            firstBins.append(first)
            weights += filter[first..<end]
            offsets.append(weights.count)
        }
        self.firstBins = firstBins
        self.offsets = offsets
        self.weights = weights
    }

    /// The energy in each band of a power spectrum.
    func apply(to power: UnsafePointer<Float>, _ energies: UnsafeMutablePointer<Float>) {
        for band in firstBins.indices {
            let (begin, end) = (offsets[band], offsets[band + 1])
            let bins = power + firstBins[band] - begin
            var energy: Float = 0
            for index in begin..<end { energy += weights[index] * bins[index] }
            energies[band] = energy
        }
    }
}
