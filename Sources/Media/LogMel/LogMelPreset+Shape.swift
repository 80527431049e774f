extension LogMelPreset {
    /// Number of windows of each clip.
    ///
    /// - Parameters:
    ///   - segments: Number of segments of a clip.
    ///   - d: Seconds of a segment.
    /// - Returns: The same number whatever the clip's real length.
    public func windowCount(segments: Int, segmentDuration d: Double) -> Int {
        switch windows {
        case .segments: segments
        case .seconds(let count): count ?? segments
        case .spread(let count, _, _, _), .slices(let count, _): count
        case .whole: 1
        case .examples(let count, let frames):
            count
                ?? max(1, spectrum.frameCount(sampleCount(Double(segments) * d)) / frames)
        }
    }

    /// Number of frames of each window.
    ///
    /// - Parameters:
    ///   - segments: Number of segments of a clip.
    ///   - d: Seconds of a segment.
    /// - Returns: The same number whatever the clip's real length.
    public func frameCount(segments: Int, segmentDuration d: Double) -> Int {
        if let frames { return frames }
        let length =
            switch windows {
            case .segments: sampleCount(d)
            case .seconds: sound.sampleRate
            case .spread(_, let length, _, _): length
            case .slices(_, let frames), .examples(_, let frames): spectrum.sampleCount(frames)
            case .whole: sampleCount(Double(segments) * d)
            }
        return spectrum.frameCount(fit.count(length))
    }

    /// Shape of the values of a clip, `[windows, frames, bands]` or `[windows, bands, frames]`.
    ///
    /// - Parameters:
    ///   - segments: Number of segments of a clip.
    ///   - d: Seconds of a segment.
    /// - Returns: The same shape whatever the clip's real length.
    public func shape(segments: Int, segmentDuration d: Double) -> [Int] {
        let count = windowCount(segments: segments, segmentDuration: d)
        let frames = frameCount(segments: segments, segmentDuration: d)
        return layout == .framesFirst ? [count, frames, bands] : [count, bands, frames]
    }

    /// Shape of the samples that are kept beside the values, `[windows, samples]`; nil if none are.
    ///
    /// - Parameters:
    ///   - segments: Number of segments of a clip.
    ///   - d: Seconds of a segment.
    /// - Returns: The same shape whatever the clip's real length.
    public func waveformShape(segments: Int, segmentDuration d: Double) -> [Int]? {
        guard keepsWaveform, fit.kind != .none else { return nil }
        return [windowCount(segments: segments, segmentDuration: d), fit.length]
    }

    func sampleCount(_ seconds: Double) -> Int {
        Int((seconds * Double(sound.sampleRate)).rounded())
    }
}
