import Neural
import Storage
import Tensors

/// States of a moment of a layer for one clip or text, as the cache stores them.
///
/// The memory is used again for the next moment. It is small enough to stay in a processor's cache
/// between reading and widening.
struct StateBytes: Sendable {
    private var bytes: [UInt8] = []

    /// Of each token, if the numbers are whole.
    private var scales: [UInt8] = []

    private var tokens = 0..<0
    private var columns = 0
    private var type = ElementType.f16

    /// Reads tokens of a moment.
    ///
    /// - Parameters:
    ///   - tokens: Those that are read.
    ///   - moment: Index on the first axis.
    ///   - array: The array, `[T, N, C]`; it has scales if its numbers are whole.
    ///   - row: Of the clip or text.
    ///   - shard: Which has the array.
    /// - Throws: `StorageError` if the file cannot be read.
    mutating func read(
        _ tokens: Range<Int>, ofMoment moment: Int, of array: ArraySpecification, row: Int,
        from shard: borrowing OpenShard
    ) throws(StorageError) {
        self.tokens = tokens
        (type, columns) = (array.type, array.shape[2])
        let first = moment * array.shape[1] + tokens.lowerBound
        func range(_ size: Int) -> Range<Int> { first * size..<(first + tokens.count) * size }
        try shard.read(range(columns * type.size), of: array.name, row: row, to: &bytes)
        guard type == .i8 else { return }
        let size = MemoryLayout<Float>.stride
        try shard.read(range(size), of: "\(array.name)_scale", row: row, to: &scales)
    }

    /// Writes tokens, which were read, into a tensor in single precision.
    ///
    /// - Parameters:
    ///   - range: Of tokens.
    ///   - x: The tensor.
    ///   - first: The element of it that is written first.
    func widen(_ range: Range<Int>, to x: inout Tensor, at first: Int) {
        precondition(tokens.lowerBound <= range.lowerBound && range.upperBound <= tokens.upperBound)
        let from = (range.lowerBound - tokens.lowerBound) * columns
        let elements = from..<from + range.count * columns
        switch type {
        case .f16: HalfPrecision.widen(bytes, elements, to: &x, at: first)
        case .i8:
            var span = x.elements.mutableSpan
            for (place, i) in elements.enumerated() {
                span[first + place] =
                    Self.number(i / columns, of: scales) * Float(Int8(bitPattern: bytes[i]))
            }
        default:
            var span = x.elements.mutableSpan
            for (place, i) in elements.enumerated() {
                span[first + place] = Self.number(i, of: bytes)
            }
        }
    }

    /// A little-endian number.
    private static func number(_ index: Int, of bytes: [UInt8]) -> Float {
        let size = MemoryLayout<Float>.stride
        return unsafe bytes.span.bytes.unsafeLoadUnaligned(
            fromByteOffset: index * size, as: Float.self)
    }
}
