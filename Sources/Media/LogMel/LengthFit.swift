/// How the samples of a window get the length that the analysis wants.
public struct LengthFit: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// They are as many as they are.
        case none

        /// Cut, or followed by silence.
        case silence

        /// Cut, or repeated as often as they fit as a whole, then followed by silence.
        case repeatAndPad = "repeat-and-pad"

        /// Repeated and cut.
        case repeatAndCut = "repeat-and-cut"
    }

    public var kind: Kind

    /// The wanted number of samples.
    public var length: Int

    /// Samples are first cut to ± this value; nil for none.
    public var amplitude: Double?

    public init(_ kind: Kind = .none, length: Int = 0, amplitude: Double? = nil) {
        self.kind = kind
        self.length = length
        self.amplitude = amplitude
    }

    /// Number of samples that the analysis gets for so many.
    func count(_ sampleCount: Int) -> Int { kind == .none ? sampleCount : length }

    /// The samples, so many.
    func apply(_ samples: [Double]) -> [Double] {
        var fitted = samples
        if let amplitude { fitted = fitted.map { max(-amplitude, min(amplitude, $0)) } }
        guard kind != .none else { return fitted }
        if fitted.count > length { fitted.removeLast(fitted.count - length) }
        if kind != .silence, !fitted.isEmpty {
            let original = fitted
            let times = length / original.count
            for _ in 1..<max(times, 1) { fitted += original }
            if kind == .repeatAndCut { fitted += original.prefix(length - fitted.count) }
        }
        return fitted + [Double](repeating: 0, count: length - fitted.count)
    }
}
