/// Which pictures of a clip are wanted.
public enum FrameSampling: Sendable, Codable, Equatable {
    /// The picture shown at the centre of each segment.
    case segments

    /// The pictures shown at the centres of `1 / perSecond` long stretches.
    case rate(perSecond: Double)

    /// The pictures shown at the centres of that many equal stretches.
    case count(Int)

    /// The pictures shown at given seconds of the clip, ascending.
    case times([Double])

    /// How many pictures each clip gets.
    ///
    /// - Parameters:
    ///   - segments: Number of segments.
    ///   - d: Seconds of a segment.
    /// - Returns: The same number for every clip.
    public func count(segments: Int, segmentDuration d: Double) -> Int {
        switch self {
        case .segments: segments
        case .rate(let rate): max(1, Int((Double(segments) * d * rate).rounded()))
        case .count(let count): count
        case .times(let times): times.count
        }
    }

    /// Seconds of the clip at which pictures are wanted, as many as ``count(segments:segmentDuration:)`` says.
    func times(segments: Int, segmentDuration d: Double) -> [Double] {
        let count = count(segments: segments, segmentDuration: d)
        return switch self {
        case .segments: (0..<count).map { (Double($0) + 0.5) * d }
        case .rate(let rate): (0..<count).map { (Double($0) + 0.5) / rate }
        case .count: (0..<count).map { (Double($0) + 0.5) * Double(segments) * d / Double(count) }
        case .times(let times): times
        }
    }
}
