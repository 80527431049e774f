/// In which numbers pixels are weighed.
protocol ResamplingArithmetic {
    associatedtype Sum
    associatedtype Between

    /// Where sums start, so that the end of their fraction can be cut off.
    static var half: Sum { get }

    static func sum(_ pixel: UInt8) -> Sum
    static func add(_ sum: Sum, _ value: Sum, _ weight: Sum) -> Sum

    /// What the first pass hands to the second.
    static func between(_ sum: Sum) -> Between
    static func sum(_ between: Between) -> Sum
    static func pixel(_ sum: Sum) -> UInt8
}

/// Weights of 22 fractional bits: the greatest sum of eight-bit pixels, with its overshoot, fits into 32.
enum FixedPoint: ResamplingArithmetic {
    static let bits: Int32 = 22

    static var half: Int32 { 1 << (bits - 1) }

    @inline(__always) static func sum(_ pixel: UInt8) -> Int32 { Int32(pixel) }

    @inline(__always) static func add(_ sum: Int32, _ value: Int32, _ weight: Int32) -> Int32 {
        sum &+ value &* weight
    }

    @inline(__always) static func between(_ sum: Int32) -> UInt8 { pixel(sum) }

    @inline(__always) static func pixel(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: max(0, min(255, sum >> bits)))
    }
}

/// Single precision from the first pixel to the last rounding, halves to even.
enum SinglePrecision: ResamplingArithmetic {
    static var half: Float { 0 }

    @inline(__always) static func sum(_ pixel: UInt8) -> Float { Float(pixel) }
    @inline(__always) static func sum(_ between: Float) -> Float { between }

    @inline(__always) static func add(_ sum: Float, _ value: Float, _ weight: Float) -> Float {
        sum + value * weight
    }

    @inline(__always) static func between(_ sum: Float) -> Float { sum }

    @inline(__always) static func pixel(_ sum: Float) -> UInt8 {
        UInt8(max(0, min(255, sum.rounded(.toNearestOrEven))))
    }
}
