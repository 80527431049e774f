/// The unit in which a stream counts time: `numerator / denominator` seconds.
public struct TimeBase: Sendable, Equatable, CustomStringConvertible {
    public let numerator: Int
    public let denominator: Int

    public var description: String { "\(numerator)/\(denominator)" }

    /// Seconds of a number of ticks.
    public func seconds(_ ticks: Int64) -> Double {
        Double(ticks) * Double(numerator) / Double(denominator)
    }
}
