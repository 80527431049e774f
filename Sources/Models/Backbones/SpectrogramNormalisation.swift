/// What is done to log-mel values before a backbone embeds them.
///
///     value = (logmel − mean) / deviation
public struct SpectrogramNormalisation: Codable, Sendable, Equatable {
    public var mean: Float
    public var deviation: Float

    public init(mean: Float, deviation: Float) {
        self.mean = mean
        self.deviation = deviation
    }
}
