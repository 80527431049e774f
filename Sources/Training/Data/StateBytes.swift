import Neural
import Storage
import Tensors

/// The states of a layer for one clip or text, as the cache stores them.
struct StateBytes {
    private let bytes: [UInt8]
    private let type: ElementType

    /// Of each token, if the numbers are whole.
    private let scales: [Float]

    private let tokens: Int
    private let columns: Int

    /// Reads the states of a row of a shard.
    ///
    /// - Precondition: The shard has the array, `[T, N, C]`, and its scales if the numbers are whole.
    init(_ array: ArraySpecification, of shard: Shard, row: Int) throws(StorageError) {
        bytes = try shard.bytes(of: array.name, row: row)
        type = array.type
        (tokens, columns) = (array.shape[1], array.shape[2])
        scales =
            type == .i8
            ? Self.numbers(try shard.bytes(of: "\(array.name)_scale", row: row)[...]) : []
    }

    /// Writes tokens of one moment into a tensor, in single precision.
    ///
    /// - Parameters:
    ///   - range: Of tokens.
    ///   - moment: Index on the first axis.
    ///   - x: The tensor.
    ///   - first: The element of it that is written first.
    func widen(_ range: Range<Int>, ofMoment moment: Int, to x: inout Tensor, at first: Int) {
        let from = (moment * tokens + range.lowerBound) * columns
        let elements = from..<from + range.count * columns
        switch type {
        case .f16: HalfPrecision.widen(bytes, elements, to: &x, at: first)
        case .i8:
            var span = x.elements.mutableSpan
            for (place, i) in elements.enumerated() {
                span[first + place] = scales[i / columns] * Float(Int8(bitPattern: bytes[i]))
            }
        default:
            let size = MemoryLayout<Float>.stride
            x.write(
                Self.numbers(bytes[elements.lowerBound * size..<elements.upperBound * size]),
                at: first)
        }
    }

    /// Little-endian numbers.
    private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Float] {
        // A copy begins where a number may; a slice of bytes need not.
        unsafe Array(bytes).withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
    }
}
