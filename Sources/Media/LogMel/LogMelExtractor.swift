import Foundation
public import Tensors

/// Computes a preset's log-mel values; made once, used from any thread.
public struct LogMelExtractor: Sendable {
    public let preset: LogMelPreset
    private let transform: RealTransform
    private let bank: MelBank
    private let window: [Float]

    /// Energies below it, float's machine epsilon, count as it: ln gives −15.9424.
    private static let floor: Float = 1.1920929e-07

    /// Prepares filters and transform.
    ///
    /// - Precondition: The analysis window fits into the transform.
    public init(_ preset: LogMelPreset) {
        precondition(preset.windowLength <= preset.fftSize, "the window fits into the transform")
        self.preset = preset
        transform = RealTransform(size: preset.fftSize)
        bank = MelBank(preset)
        // A symmetric Hann window.
        window = (0..<preset.windowLength).map {
            Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(preset.windowLength - 1)))
        }
    }

    /// Number of frames of that many samples: only windows that lie inside count.
    public func frameCount(_ sampleCount: Int) -> Int {
        sampleCount < preset.windowLength
            ? 0 : 1 + (sampleCount - preset.windowLength) / preset.hop
    }

    /// Kaldi's filter-bank energies, natural logarithm, `[frames, bands]`, not normalised.
    ///
    /// From each frame its mean is subtracted; pre-emphasis, window, power spectrum, mel filters and logarithm
    /// follow. `samples` lie in [−1, 1]. Agrees with torchaudio's `fbank` to 5e-4, and to
    /// the noise of a transform in single precision where a band is some 100 dB below the frame's loudest.
    public func filterBank(_ samples: ArraySlice<Float>) -> Tensor {
        let (frames, bands) = (frameCount(samples.count), preset.melBands)
        let workspace = transform.makeWorkspace()
        let values = [Float](unsafeUninitializedCapacity: frames * bands) { values, count in
            samples.withUnsafeBufferPointer { samples in
                for frame in 0..<frames {
                    load(samples.baseAddress! + frame * preset.hop, into: workspace.values)
                    transform.powerSpectrum(in: workspace)
                    let row = values.baseAddress! + frame * bands
                    bank.apply(to: workspace.power, row)
                    for band in 0..<bands { row[band] = logf(max(row[band], Self.floor)) }
                }
            }
            count = frames * bands
        }
        return Tensor(values, shape: [frames, bands])
    }

    /// The same for a whole array.
    public func filterBank(_ samples: [Float]) -> Tensor {
        filterBank(samples[...])
    }

    /// Writes a frame, without its mean, pre-emphasised and windowed.
    private func load(_ samples: UnsafePointer<Float>, into values: UnsafeMutablePointer<Float>) {
        let (count, share) = (preset.windowLength, Float(preset.preemphasis))
        var sum = SIMD8<Double>()
        var index = 0
        while index + 8 <= count {
            for lane in 0..<8 { sum[lane] += Double(samples[index + lane]) }
            index += 8
        }
        while index < count {
            sum[0] += Double(samples[index])
            index += 1
        }
        let mean = Float(sum.sum() / Double(count))
        window.withUnsafeBufferPointer { window in
            values[0] = ((samples[0] - mean) - share * (samples[0] - mean)) * window[0]
            for i in 1..<count {
                values[i] = ((samples[i] - mean) - share * (samples[i - 1] - mean)) * window[i]
            }
        }
        // Only a transform that keeps its input would leave the padding as it was.
        (values + count).update(repeating: 0, count: preset.fftSize - count)
    }
}
