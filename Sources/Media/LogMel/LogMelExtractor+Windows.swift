public import Tensors

/// The windows of a clip.
public struct LogMelWindows: Sendable {
    /// Normalised values, `[T, frames, bands]`.
    public let values: Tensor

    /// Seconds on the clip's timeline at which the windows start.
    public let starts: [Double]

    /// Whether at least half of a window's samples come from the file, and yield a frame.
    public let valid: [Bool]
}

extension LogMelExtractor {
    /// Cuts a clip into windows and computes the normalised values of each.
    ///
    /// The mean of the samples in `audioRange` is subtracted from these first. Samples outside of it, and those that
    /// a window wants from beyond the end, are silence, so that a window always has its place on the timeline.
    ///
    /// - Parameters:
    ///   - samples: One channel at the preset's rate, from the timeline's zero on.
    ///   - audioRange: The samples that are real.
    ///   - T: Number of windows.
    ///   - d: Seconds of a segment.
    /// - Returns: T windows, whatever the length of the clip.
    public func windows(
        of samples: [Float], audioRange: Range<Int>, segments T: Int, segmentDuration d: Double
    ) -> LogMelWindows {
        let segmentLength = d * Double(preset.sampleRate)
        let (starts, length) = preset.windowPolicy.windows(
            T, of: samples.count, segmentLength: segmentLength)
        let centred = subtractingMean(samples, in: audioRange)
        var values: [Float] = []
        values.reserveCapacity(T * preset.targetFrames * preset.melBands)
        for start in starts {
            values += normalised(filterBank(excerpt(centred, start, length)).elements)
        }
        return LogMelWindows(
            values: Tensor(values, shape: [T, preset.targetFrames, preset.melBands]),
            starts: starts.map { Double($0) / Double(preset.sampleRate) },
            valid: starts.map { start in
                let real = audioRange.clamped(to: start..<start + length).count
                return 2 * real >= length && real > 0 && frameCount(length) > 0
            })
    }

    private func subtractingMean(_ samples: [Float], in range: Range<Int>) -> [Float] {
        guard !range.isEmpty else { return samples }
        let mean = Float(samples[range].reduce(0.0) { $0 + Double($1) } / Double(range.count))
        var centred = samples
        for index in range { centred[index] -= mean }
        return centred
    }

    private func excerpt(_ samples: [Float], _ start: Int, _ length: Int) -> ArraySlice<Float> {
        let range = (start..<start + length).clamped(to: 0..<samples.count)
        if range.count == length { return samples[range] }
        let silence = [Float](repeating: 0, count: length - range.count)
        return (samples[range] + silence)[...]
    }

    /// The values of one window, as many frames as the preset wants.
    private func normalised(_ values: [Float]) -> [Float] {
        let count = preset.targetFrames * preset.melBands
        let divisor = preset.normalisation == .twoSigma ? 2 * preset.deviation : preset.deviation
        var padding: Float = 0
        if preset.order == .padThenNormalise { padding = (0 - preset.mean) / divisor }
        let real = values.prefix(count).map { ($0 - preset.mean) / divisor }
        return real + [Float](repeating: padding, count: count - real.count)
    }
}
