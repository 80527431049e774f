public import Tensors

/// The windows of a clip.
public struct LogMelWindows: Sendable {
    /// Normalised values, `[T, frames, bands]` or `[T, bands, frames]`.
    public let values: Tensor

    /// The samples they were computed from, `[T, samples]`; nil unless the preset keeps them.
    public let waveforms: Tensor?

    /// Seconds on the clip's timeline at which the windows start.
    public let starts: [Double]

    /// Whether at least half of a window's samples come from the file, and yield a frame.
    public let valid: [Bool]
}

extension LogMelExtractor {
    /// Cuts a clip into windows and computes the normalised values of each.
    ///
    /// Samples outside of `audioRange`, and those that a window wants from beyond the end, are silence, so that a window
    /// always has its place on the timeline.
    ///
    /// - Parameters:
    ///   - samples: One channel at the preset's rate, from the timeline's zero on.
    ///   - audioRange: The samples that are real.
    ///   - mean: What a preset that subtracts the waveform's mean takes for it; nil for the mean of `audioRange`.
    ///   - segments: Number of segments.
    ///   - d: Seconds of a segment.
    /// - Returns: As many windows as ``LogMelPreset/windowCount(segments:segmentDuration:)`` says, whatever the length
    ///   of the clip.
    public func windows(
        of samples: [Float], audioRange: Range<Int>, mean: Double? = nil, segments: Int,
        segmentDuration d: Double
    ) -> LogMelWindows {
        let centred = subtractingMean(mean, samples, in: audioRange)
        let frames = preset.frameCount(segments: segments, segmentDuration: d)
        let places = preset.places(samples.count, segments: segments, segmentDuration: d)
        var values: [[Float]] = []
        var waveforms: [Float] = []
        var valid: [Bool] = []
        for place in places {
            let waveform = excerpt(centred, place, frames)
            let analysed = preset.spectrum.frameCount(waveform.count)
            let real = audioRange.clamped(to: place.start..<place.start + place.length).count
            valid.append(
                !place.isVoid && real > 0 && 2 * real >= place.length && analysed > 0)
            if preset.keepsWaveform { waveforms += waveform.map { Float($0) } }
            values.append(arranged(normalised(filterBank(waveform).elements, frames), frames))
        }
        if preset.shortage == .repeatLast, let last = valid.lastIndex(of: true) {
            for index in values.indices where !valid[index] { values[index] = values[last] }
        }
        return LogMelWindows(
            values: Tensor(
                Array(values.joined()), shape: preset.shape(segments: segments, segmentDuration: d)),
            waveforms: preset.waveformShape(segments: segments, segmentDuration: d).map {
                Tensor(waveforms, shape: $0)
            },
            starts: places.map { Double($0.start) / Double(preset.sound.sampleRate) }, valid: valid)
    }

    private func subtractingMean(
        _ given: Double?, _ samples: [Float], in range: Range<Int>
    ) -> [Double] {
        var centred = samples.map { Double($0) }
        guard preset.waveformMean == .subtracted, !range.isEmpty else { return centred }
        let mean = given ?? centred[range].reduce(0, +) / Double(range.count)
        for index in range { centred[index] -= mean }
        return centred
    }

    /// The samples that are analysed for a window; of a long one no more than `frames` frames see.
    private func excerpt(_ samples: [Double], _ place: WindowPlace, _ frames: Int) -> [Double] {
        let seen =
            preset.fit.kind == .none && preset.spectrum.centring == .none
            ? preset.spectrum.sampleCount(frames) : .max
        let length = min(place.length, max(seen, 0))
        let range = (place.start..<place.start + length).clamped(to: 0..<samples.count)
        // Frames after a slice's last real one are padding, not silence.
        if case .slices = preset.windows { return Array(samples[range]) }
        let silence = [Double](repeating: 0, count: length - range.count)
        return preset.fit.apply(samples[range] + silence)
    }

    /// The values of one window, `[frames, bands]`, as many frames as wanted.
    private func normalised(_ values: [Float], _ frames: Int) -> [Float] {
        let count = frames * preset.bands
        let settings = preset.normalisation
        var real = Array(values.prefix(count))
        var padding: Float = 0
        let (mean, divisor) = settings.constants(for: real)
        if settings.kind != .none {
            for index in real.indices { real[index] = (real[index] - mean) / divisor }
            if settings.order == .padThenNormalise { padding = (0 - mean) / divisor }
        }
        return real + [Float](repeating: padding, count: count - real.count)
    }

    /// The values in the order of the preset's axes.
    private func arranged(_ values: [Float], _ frames: Int) -> [Float] {
        guard preset.layout == .bandsFirst else { return values }
        let bands = preset.bands
        return [Float](unsafeUninitializedCapacity: values.count) { target, count in
            for band in 0..<bands {
                for frame in 0..<frames {
                    target[band * frames + frame] = values[frame * bands + band]
                }
            }
            count = values.count
        }
    }
}

extension NormalisationSettings {
    /// What is subtracted from values, and what they are divided by then.
    fileprivate func constants(for values: [Float]) -> (mean: Float, divisor: Float) {
        switch kind {
        case .none: return (0, 1)
        case .sigma: return (Float(mean), Float(deviation))
        case .twoSigma: return (Float(mean), 2 * Float(deviation))
        case .window:
            let count = Double(max(values.count, 1))
            let mean = values.reduce(0.0) { $0 + Double($1) } / count
            let squares = values.reduce(0.0) {
                $0 + (Double($1) - mean) * (Double($1) - mean)
            }
            return (Float(mean), Float((squares / count).squareRoot() + deviation))
        }
    }
}
