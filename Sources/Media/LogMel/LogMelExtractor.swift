import Foundation
public import Tensors

/// Computes a preset's log-mel values; made once, used from any thread.
///
/// All steps up to the power spectrum are computed in double precision, what follows in single.
public struct LogMelExtractor: Sendable {
    public let preset: LogMelPreset
    private let transform: RealTransform
    private let bank: MelBank
    private let window: [Double]

    /// Frames that are worked on at once, in the lanes of a vector.
    private static let lanes = 8

    /// Prepares filters and transform.
    ///
    /// - Precondition: ``LogMelPreset/validate()`` has nothing to object to.
    public init(_ preset: LogMelPreset) {
        if let flaw = preset.flaw { preconditionFailure("\(flaw)") }
        self.preset = preset
        transform = RealTransform(size: preset.spectrum.fftSize)
        bank = MelBank(preset)
        window = preset.spectrum.weights
    }

    /// Bands that are always silent: no bin of the spectrum lies in them.
    public var emptyBands: [Int] { bank.emptyBands }

    /// The logarithms of all frames, `[frames, bands]`, not normalised.
    ///
    /// `samples` lie in [−1, 1], at the preset's rate.
    public func filterBank(_ samples: [Float]) -> Tensor {
        filterBank(samples[...])
    }

    /// The same for a part of an array.
    public func filterBank(_ samples: ArraySlice<Float>) -> Tensor {
        filterBank(samples.map { Double($0) })
    }

    /// The same in double precision, of which a waveform without its mean needs more than it had.
    func filterBank(_ samples: [Double]) -> Tensor {
        let frames = preset.spectrum.frameCount(samples.count)
        let bands = preset.bands
        guard frames > 0 else { return Tensor([], shape: [0, bands]) }
        let framed = preset.spectrum.centred(samples)
        let workspace = transform.makeWorkspace()
        var values = [Float](unsafeUninitializedCapacity: frames * bands) { values, count in
            framed.withUnsafeBufferPointer { framed in
                for first in stride(from: 0, to: frames, by: Self.lanes) {
                    let lanes = min(Self.lanes, frames - first)
                    for lane in 0..<lanes {
                        let start = (first + lane) * preset.spectrum.hop
                        load(framed.baseAddress! + start, into: workspace.values)
                        transform.powerSpectrum(in: workspace, lane: lane)
                    }
                    write(workspace.power, lanes, values.baseAddress! + first * bands)
                }
            }
            count = frames * bands
        }
        if let range = preset.logarithm.range {
            let least = values.max()! - Float(range)
            for index in values.indices where values[index] < least { values[index] = least }
        }
        return Tensor(values, shape: [frames, bands])
    }

    /// Writes a frame, without its mean, pre-emphasised and windowed.
    ///
    /// Of a frame's mean m pre-emphasis by p leaves (1 − p) m.
    private func load(_ samples: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>) {
        let (count, share) = (window.count, preset.spectrum.preemphasis)
        var mean = 0.0
        if preset.spectrum.removesFrameMean { mean = sum(samples, count) / Double(count) }
        let rest = (1 - share) * mean
        window.withUnsafeBufferPointer { window in
            values[0] = ((1 - share) * samples[0] - rest) * window[0]
            for i in 1..<count {
                values[i] = (samples[i] - share * samples[i - 1] - rest) * window[i]
            }
        }
        // Only a transform that keeps its input would leave the padding as it was.
        (values + count).update(repeating: 0, count: transform.size - count)
    }

    /// Eight sums of every eighth sample, which do not wait for each other, and then theirs.
    private func sum(_ samples: UnsafePointer<Double>, _ count: Int) -> Double {
        var sums = SIMD8<Double>()
        let whole = count & ~7
        for i in stride(from: 0, to: whole, by: 8) {
            sums += UnsafeRawPointer(samples + i).loadUnaligned(as: SIMD8<Double>.self)
        }
        return (whole..<count).reduce(sums.sum()) { $0 + samples[$1] }
    }

    /// Filters eight power spectra, `[bins, 8]`, takes logarithms, and writes those of the first `lanes` as rows.
    private func write(
        _ power: UnsafeMutablePointer<Float>, _ lanes: Int, _ rows: UnsafeMutablePointer<Float>
    ) {
        let bands = preset.bands
        let bins = preset.spectrum.fftSize / 2 + 1
        let settings = preset.logarithm
        let (floor, offset) = (SIMD8(repeating: Float(settings.floor)), Float(settings.offset))
        let factor: Float =
            switch settings.unit {
            case .natural: 1
            case .decimal: 1 / Float(M_LN10)
            case .decibel: 10 / Float(M_LN10)
            }
        power.withMemoryRebound(to: SIMD8<Float>.self, capacity: bins) { power in
            if preset.spectrum.measure == .magnitude {
                for bin in 0..<bins { power[bin] = power[bin].squareRoot() }
            }
            bank.weights.withUnsafeBufferPointer { weights in
                for band in 0..<bands {
                    let (begin, end) = (bank.offsets[band], bank.offsets[band + 1])
                    let first = power + bank.firstBins[band] - begin
                    var energy = SIMD8<Float>()
                    for index in begin..<end { energy += weights[index] * first[index] }
                    energy += offset
                    energy.replace(with: floor, where: energy .< floor)
                    let value = naturalLogarithm(energy) * factor
                    for lane in 0..<lanes { rows[lane * bands + band] = value[lane] }
                }
            }
        }
    }
}

extension SpectrumSettings {
    /// The samples that frames are cut from.
    fileprivate func centred(_ inside: [Double]) -> [Double] {
        guard centring != .none else { return inside }
        let margin = fftSize / 2
        guard centring == .reflect, inside.count > 1 else {
            let silence = [Double](repeating: centring == .reflect ? inside[0] : 0, count: margin)
            return silence + inside + silence
        }
        // To and fro as often as it takes, without the ends twice.
        let period = 2 * (inside.count - 1)
        func mirrored(_ place: Int) -> Double {
            let phase = (place % period + period) % period
            return inside[min(phase, period - phase)]
        }
        return (-margin..<0).map(mirrored) + inside
            + (inside.count..<inside.count + margin).map(mirrored)
    }
}
