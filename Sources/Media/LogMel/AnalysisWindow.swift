import Foundation

extension SpectrumSettings {
    /// The weights of a frame's samples, times ``scale``.
    var weights: [Double] {
        let n = windowLength
        func hann(_ i: Int, _ period: Int) -> Double {
            0.5 - 0.5 * cos(2 * .pi * Double(i) / Double(period))
        }
        return (0..<n).map { i in
            switch shape {
            case .hannSymmetric: scale * hann(i, n - 1)
            case .hannPeriodic: scale * hann(i, n)
            case .povey: scale * pow(hann(i, n - 1), 0.85)
            case .tukey: scale * tukey(i)
            }
        }
    }

    /// `scipy.signal.get_window(('tukey', 0.25), n)`: of n + 1 symmetric points all but the last.
    private func tukey(_ i: Int) -> Double {
        let taper = 0.25 * Double(windowLength) / 2
        let distance = Double(min(i, windowLength - i))
        return distance < taper ? 0.5 - 0.5 * cos(.pi * distance / taper) : 1
    }

    /// What the squares of the spectrum at a bin are multiplied by, for weights without ``scale``.
    func binWeight(_ bin: Int, sampleRate: Int) -> Double {
        guard measure == .density else { return 1 }
        let energy = weights.reduce(0) { $0 + $1 * $1 } / (scale * scale)
        return (bin == 0 || 2 * bin == fftSize ? 1 : 2) / (Double(sampleRate) * energy)
    }
}
