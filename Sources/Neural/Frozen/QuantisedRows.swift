/// Rows of whole numbers −127…127 with one scale each, which caches store.
///
///     s = max |x| / 127,   q = x / s rounded to the nearest, ties to even,   x ≈ s · q
///
/// A row of zeros has scale 0. The error of an element is at most s / 2.
public enum QuantisedRows {
    /// Quantises finite rows.
    ///
    /// - Parameters:
    ///   - x: Elements by rows.
    ///   - columns: Elements of a row.
    /// - Returns: The bytes of the numbers, and a scale for each row.
    public static func narrow(_ x: [Float], columns: Int) -> (bytes: [UInt8], scales: [Float]) {
        var bytes = [UInt8](repeating: 0, count: x.count)
        var scales: [Float] = []
        scales.reserveCapacity(columns > 0 ? x.count / columns : 0)
        for start in stride(from: 0, to: x.count, by: max(columns, 1)) {
            let row = start..<start + columns
            // Magnitudes are ordered as their bits, and the maximum of integers vectorises.
            var largest: UInt32 = 0
            for i in row { largest = max(largest, x[i].bitPattern & 0x7FFF_FFFF) }
            let magnitude = Float(bitPattern: largest)
            guard magnitude > 0 else {
                scales.append(0)
                continue
            }
            let scale = max(magnitude / 127, .leastNormalMagnitude)
            scales.append(scale)
            // Adding 1.5 · 2²³ leaves the nearest whole number in the lowest bits.
            for i in row {
                let shifted = (x[i] / scale + 12_582_912).bitPattern
                bytes[i] = UInt8(truncatingIfNeeded: shifted &- 0x4B40_0000)
            }
        }
        return (bytes, scales)
    }

    /// The values of quantised rows.
    ///
    /// - Precondition: `bytes` has one row for each scale.
    public static func widen(_ bytes: [UInt8], scales: [Float]) -> [Float] {
        precondition(!scales.isEmpty && bytes.count.isMultiple(of: scales.count))
        let columns = bytes.count / scales.count
        var x = [Float](repeating: 0, count: bytes.count)
        for (row, scale) in scales.enumerated() {
            for i in row * columns..<(row + 1) * columns {
                x[i] = scale * Float(Int8(bitPattern: bytes[i]))
            }
        }
        return x
    }
}
