import CKernels
public import Tensors

/// Conversion between single and half precision (IEEE 754 binary16), which caches store.
public enum HalfPrecision {
    /// Largest finite magnitude.
    public static let maximum: Float = 65504

    /// The nearest halves, ties going to even ones, and how many elements cannot be represented.
    ///
    /// `overflow` counts elements that are not finite or larger in magnitude than ``maximum``. Those
    /// of 65520 and more become infinite.
    public static func narrow(_ x: [Float]) -> (bits: [UInt16], overflow: Int) {
        narrow(x.span)
    }

    /// The nearest halves of a part of an array.
    public static func narrow(_ x: Span<Float>) -> (bits: [UInt16], overflow: Int) {
        var overflow = 0
        let bits = [UInt16](unsafeUninitializedCapacity: x.count) { bits, count in
            count = x.count
            guard count > 0 else { return }
            overflow = x.withUnsafeBufferPointer {
                avprep_narrow(bits.baseAddress!, $0.baseAddress!, $0.count)
            }
        }
        return (bits, overflow)
    }

    /// The values of halves, exactly.
    public static func widen(_ bits: [UInt16]) -> [Float] {
        [Float](unsafeUninitializedCapacity: bits.count) { x, count in
            count = bits.count
            guard count > 0 else { return }
            avprep_widen(x.baseAddress!, bits, count)
        }
    }

    /// Writes the values of some halves, as their bytes are stored, into a tensor from an element on.
    public static func widen(
        _ bytes: [UInt8], _ elements: Range<Int>, to x: inout Tensor, at first: Int
    ) {
        let count = elements.count
        precondition(elements.upperBound * 2 <= bytes.count)
        precondition(first >= 0 && first + count <= x.count)
        guard count > 0 else { return }
        bytes.withUnsafeBytes { bytes in
            x.elements.withUnsafeMutableBufferPointer {
                avprep_widen(
                    $0.baseAddress! + first,
                    bytes.baseAddress!.assumingMemoryBound(to: UInt16.self)
                        + elements.lowerBound,
                    count)
            }
        }
    }
}
