/// How the states of one layer differ between two features.
///
///     relative = ‖a − b‖ / ‖b‖,   cosine = a · b / (‖a‖ ‖b‖),   largest = max |a − b|
///
/// Sums run over all values that are valid, in double precision.
public struct StateDifference: Sendable, Equatable {
    private var squaredDifference = 0.0
    private var product = 0.0
    private var squaresA = 0.0
    private var squaresB = 0.0

    /// Largest absolute difference of two values; NaN if a value is no number.
    public private(set) var largest = 0.0

    /// Values that were compared.
    public private(set) var count = 0

    public init() {}

    /// Compares some values.
    ///
    /// - Precondition: There are as many of both.
    mutating func add(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) {
        precondition(a.count == b.count)
        var sum = StateDifference()
        for (a, b) in zip(a, b) {
            let a = Double(a), b = Double(b), difference = abs(a - b)
            sum.squaredDifference += difference * difference
            sum.product += a * b
            sum.squaresA += a * a
            sum.squaresB += b * b
            if difference > sum.largest || difference.isNaN { sum.largest = difference }
        }
        sum.count = a.count
        add(sum)
    }

    mutating func add(_ other: StateDifference) {
        squaredDifference += other.squaredDifference
        product += other.product
        squaresA += other.squaresA
        squaresB += other.squaresB
        // Once no number, always no number.
        if !(other.largest <= largest), !largest.isNaN { largest = other.largest }
        count += other.count
    }

    /// 0 for equal values; infinite where only the second ones are all zero.
    public var relative: Double {
        squaredDifference == 0 ? 0 : (squaredDifference / squaresB).squareRoot()
    }

    /// 1 for equal values, also where all are zero.
    public var cosine: Double {
        guard squaredDifference != 0 else { return 1 }
        return product / (squaresA * squaresB).squareRoot()
    }
}
