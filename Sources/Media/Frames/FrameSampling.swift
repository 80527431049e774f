/// Which pictures of a clip are wanted.
///
/// The first four rules go by the clip's timeline. The others are those of published extractions; they count in the
/// list of a clip's pictures, and so need a look through the file before anything is decoded.
public enum FrameSampling: Sendable, Codable, Equatable {
    /// The picture shown at the centre of each segment.
    case segments

    /// The pictures shown at the centres of `1 / perSecond` long stretches.
    case rate(perSecond: Double)

    /// The pictures shown at the centres of that many equal stretches.
    case count(Int)

    /// The pictures shown at given seconds of the clip, ascending.
    case times([Double])

    /// The first pictures of the list that `ffmpeg -vf fps=perSecond` writes; those it does not reach are missing.
    case list(perSecond: Double, count: Int)

    /// Pictures number `linspace(1, N, count)` of the `N` that `ffmpeg -vf fps=perSecond` writes (LAVISH, AVVP).
    ///
    /// The rule itself repeats pictures where there are fewer than wanted.
    case listLinspace(perSecond: Double, count: Int, rounding: Rounding)

    /// The pictures nearest to the centres of `1 / perSecond` long stretches by a constant frame rate, wrapped into
    /// the last second where the file is shorter (MUSIC-AVQA, `extract_frames_adaptive.py`).
    ///
    /// Rate and length are those of the header, as the rule has it.
    case adaptive(perSecond: Double, count: Int)

    /// The last of sixteen pictures of each second, by the header's rate rounded to a whole number (AVSBench).
    ///
    /// The rule itself repeats the last picture beyond the end.
    case avsbench16(seconds: Int)

    /// Ten pictures of the first ten seconds, by the header's rate and count, each one before its place (CAV-MAE).
    case cavmae10

    /// The middle ones of `count` equal groups of the list that `ffmpeg -vf fps=perSecond` writes (VALOR, test form).
    ///
    /// The rule itself repeats the last picture where there are fewer than groups.
    case valorSplit(perSecond: Double, count: Int)

    /// How a place between two pictures is resolved.
    public enum Rounding: String, Sendable, Codable, CaseIterable {
        case down

        /// To the nearer one, halves to the even one.
        case nearestEven = "nearest-even"
    }

    private enum CodingKeys: String, CodingKey {
        case segments, rate, count, times, list
        case listLinspace = "list-linspace"
        case adaptive
        case avsbench16 = "avsbench-16"
        case cavmae10 = "cavmae-10"
        case valorSplit = "valor-split"
    }

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
        case .list(_, let count), .listLinspace(_, let count, _), .adaptive(_, let count),
            .valorSplit(_, let count):
            count
        case .avsbench16(let seconds): seconds
        case .cavmae10: 10
        }
    }

    /// The rule counts in the list of a clip's pictures.
    public var needsList: Bool {
        switch self {
        case .segments, .rate, .count, .times: false
        default: true
        }
    }

    /// Seconds of the clip at which pictures are wanted, as many as ``count(segments:segmentDuration:)`` says.
    ///
    /// - Precondition: The rule needs no list.
    func times(segments: Int, segmentDuration d: Double) -> [Double] {
        let count = count(segments: segments, segmentDuration: d)
        return switch self {
        case .segments: (0..<count).map { (Double($0) + 0.5) * d }
        case .rate(let rate): (0..<count).map { (Double($0) + 0.5) / rate }
        case .count: (0..<count).map { (Double($0) + 0.5) * Double(segments) * d / Double(count) }
        case .times(let times): times
        default: preconditionFailure("the rule needs the list of pictures")
        }
    }
}
