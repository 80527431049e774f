import Foundation

/// Round numbers for the marks of an axis.
struct AxisTicks: Equatable {
    /// Multiples of 1, 2 or 5 times a power of ten, in ascending order.
    let values: [Double]

    /// Decimals that tell them apart.
    let decimals: Int

    /// Marks about `count` steps of a range, from below its beginning to above its end.
    ///
    /// - Parameters:
    ///   - range: What is to be shown; a single number gets some room around it.
    ///   - count: How many steps are wanted, of which half as many or twice as many may come.
    ///   - isWhole: Whether only whole numbers make sense.
    init(covering range: ClosedRange<Double>, count: Int, isWhole: Bool = false) {
        var (low, high) = (range.lowerBound, range.upperBound)
        if high - low < 1e-12 * max(abs(low), abs(high), 1e-300) {
            let room = isWhole ? 1 : max(abs(low) / 2, 1e-6)
            (low, high) = (low - (isWhole ? 0 : room), high + room)
        }
        let rough = (high - low) / Double(count)
        let power = floor(log10(rough))
        let factor = [1, 2, 5, 10].first { rough <= $0 * pow(10, power) * 1.000001 } ?? 10
        var exponent = Int(power) + (factor == 10 ? 1 : 0)
        var mantissa = factor == 10 ? 1 : factor
        if isWhole, exponent < 0 { (exponent, mantissa) = (0, 1) }
        // A division by ten to the power is exact where a product with a tenth is not.
        func multiple(_ index: Double) -> Double {
            exponent < 0
                ? index * mantissa / pow(10, Double(-exponent))
                : index * mantissa * pow(10, Double(exponent))
        }
        let first = floor(low / multiple(1) + 1e-9), last = ceil(high / multiple(1) - 1e-9)
        values = stride(from: first, through: last, by: 1).map(multiple)
        decimals = max(0, -exponent)
    }

    var range: ClosedRange<Double> { values[0]...values[values.count - 1] }

    /// A mark in words.
    func label(_ value: Double) -> String {
        let scale = pow(10, Double(decimals))
        let units = Int((abs(value) * scale).rounded()), divisor = Int(scale)
        let sign = value < 0 && units > 0 ? "−" : ""
        guard decimals > 0 else { return "\(sign)\(units)" }
        let fraction = String(units % divisor)
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(sign)\(units / divisor).\(zeros)\(fraction)"
    }
}
