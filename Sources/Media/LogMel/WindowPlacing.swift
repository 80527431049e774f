/// One window of a clip, in samples.
struct WindowPlace: Equatable {
    var start: Int
    var length: Int

    /// The policy can say nothing else of it than that it is not to be used.
    var isVoid = false
}

extension LogMelPreset {
    /// Places the windows of a clip.
    ///
    /// - Parameters:
    ///   - sampleCount: Samples of the clip.
    ///   - segments: Number of segments of a clip.
    ///   - d: Seconds of a segment.
    /// - Returns: As many as ``windowCount(segments:segmentDuration:)`` says.
    func places(_ sampleCount: Int, segments: Int, segmentDuration d: Double) -> [WindowPlace] {
        let count = windowCount(segments: segments, segmentDuration: d)
        switch windows {
        case .segments: return consecutive(count, seconds: d)
        case .seconds: return consecutive(count, seconds: 1)
        case .whole: return [WindowPlace(start: 0, length: sampleCount)]
        case .spread(_, let length, let margin, let takesWhole):
            if sampleCount <= margin, takesWhole {
                return Array(repeating: WindowPlace(start: 0, length: sampleCount), count: count)
            }
            return linspace(to: max(0, sampleCount - margin), count).map {
                WindowPlace(start: $0, length: length, isVoid: sampleCount < margin)
            }
        case .examples(_, let frames):
            return (0..<count).map {
                WindowPlace(
                    start: $0 * frames * spectrum.hop, length: spectrum.sampleCount(frames))
            }
        case .slices(_, let frames):
            return slices(spectrum.frameCount(sampleCount) / frames + 1, count).map {
                WindowPlace(
                    start: $0.index * frames * spectrum.hop, length: spectrum.sampleCount(frames),
                    isVoid: $0.isRepeated)
            }
        }
    }

    private func consecutive(_ count: Int, seconds: Double) -> [WindowPlace] {
        (0..<count).map {
            WindowPlace(start: sampleCount(Double($0) * seconds), length: sampleCount(seconds))
        }
    }

    /// numpy.linspace(0, end, count, dtype=int): steps in double precision, rounded down, the last one exact.
    private func linspace(to end: Int, _ count: Int) -> [Int] {
        let step = Double(end) / Double(max(count - 1, 1))
        return (0..<count).map { $0 > 0 && $0 == count - 1 ? end : Int(Double($0) * step) }
    }

    /// The middle of each of `count` groups of so many slices, of which the first ones are greater by one; where there
    /// are fewer slices than groups, the last one is repeated.
    private func slices(_ total: Int, _ count: Int) -> [(index: Int, isRepeated: Bool)] {
        let (least, rest) = max(total, count).quotientAndRemainder(dividingBy: count)
        return (0..<count).map { group in
            let first = group * least + min(group, rest)
            let length = least + (group < rest ? 1 : 0)
            let middle = first + (length + 1) / 2 - 1
            return (min(middle, total - 1), middle >= total)
        }
    }
}
