/// The logarithm of an energy.
public struct LogarithmSettings: Sendable, Codable, Equatable {
    public enum Unit: String, Sendable, Codable, CaseIterable {
        /// ln x
        case natural

        /// log₁₀ x
        case decimal

        /// 10 log₁₀ x
        case decibel
    }

    public var unit: Unit

    /// Energies below it count as it.
    public var floor: Double

    /// Is added to each energy.
    public var offset: Double

    /// Values of a window lie at most so far below its greatest one; nil for any distance.
    public var range: Double?

    public init(unit: Unit, floor: Double = 0, offset: Double = 0, range: Double? = nil) {
        self.unit = unit
        self.floor = floor
        self.offset = offset
        self.range = range
    }
}

/// What becomes of logarithms.
public struct NormalisationSettings: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// x
        case none

        /// (x − μ) / σ
        case sigma

        /// (x − μ) / 2σ
        case twoSigma = "two-sigma"

        /// (x − m) / (s + σ) with the window's own mean m and standard deviation s.
        case window
    }

    /// When missing frames are added.
    public enum Order: String, Sendable, Codable, CaseIterable {
        /// Missing frames are zeros that are normalised like all others.
        case padThenNormalise = "pad-then-normalise"

        /// Missing frames are zeros after normalisation.
        case normaliseThenPad = "normalise-then-pad"
    }

    public var kind: Kind

    /// What is subtracted, μ.
    public var mean: Double

    /// What values are divided by, σ.
    public var deviation: Double

    public var order: Order

    public init(
        _ kind: Kind = .none, mean: Double = 0, deviation: Double = 1,
        order: Order = .padThenNormalise
    ) {
        self.kind = kind
        self.mean = mean
        self.deviation = deviation
        self.order = order
    }
}
