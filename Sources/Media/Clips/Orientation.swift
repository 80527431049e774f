/// One of the eight ways in which a stored picture can lie, read from its display matrix.
///
/// A stored pixel (x, y) is shown at (a·x + c·y, b·x + d·y), up to a shift; y points down.
public struct Orientation: Sendable, Equatable {
    /// The picture is shown as it is stored.
    public static let upright = Orientation(isTransposed: false, flipsX: false, flipsY: false)

    /// Rows become columns, before anything is flipped.
    public let isTransposed: Bool

    /// The shown picture runs from right to left.
    public let flipsX: Bool

    /// The shown picture runs from bottom to top.
    public let flipsY: Bool

    /// Clockwise degrees by which the stored picture is turned, when it is mirrored as well before that.
    public var clockwiseDegrees: Int {
        switch (isTransposed, flipsX, flipsY) {
        case (false, false, false), (false, true, false): 0
        case (true, true, false), (true, true, true): 90
        case (false, true, true), (false, false, true): 180
        case (true, false, true), (true, false, false): 270
        }
    }

    /// The picture is also mirrored: left and right change places before it is turned.
    public var isMirrored: Bool { isTransposed ? flipsX == flipsY : flipsX != flipsY }

    init(isTransposed: Bool, flipsX: Bool, flipsY: Bool) {
        self.isTransposed = isTransposed
        self.flipsX = flipsX
        self.flipsY = flipsY
    }

    /// Takes the nearest orientation within one degree; a matrix that is none of the eight, such as one of
    /// zeros or of a turn by 45 degrees, leaves pictures as they are.
    init(a: Int32, b: Int32, c: Int32, d: Int32) {
        let straight = min(abs(Double(a)), abs(Double(d)))
        let crossed = min(abs(Double(b)), abs(Double(c)))
        let tangent = 0.0175
        if straight > 0, max(abs(Double(b)), abs(Double(c))) <= tangent * straight {
            self.init(isTransposed: false, flipsX: a < 0, flipsY: d < 0)
        } else if crossed > 0, max(abs(Double(a)), abs(Double(d))) <= tangent * crossed {
            self.init(isTransposed: true, flipsX: c < 0, flipsY: b < 0)
        } else {
            self = .upright
        }
    }

    /// The stored picture as it is shown; pixels are three bytes, row by row.
    func apply(to rgb: [UInt8], width: Int, height: Int) -> [UInt8] {
        if self == .upright { return rgb }
        let columns = isTransposed ? height : width
        let rows = isTransposed ? width : height
        var (step, stride) = isTransposed ? (width * 3, 3) : (3, width * 3)
        var origin = 0
        if flipsX {
            origin += (columns - 1) * step
            step = -step
        }
        if flipsY {
            origin += (rows - 1) * stride
            stride = -stride
        }
        return [UInt8](unsafeUninitializedCapacity: rgb.count) { shown, count in
            var target = 0
            for row in 0..<rows {
                var source = origin + row * stride
                for _ in 0..<columns {
                    shown[target] = rgb[source]
                    shown[target + 1] = rgb[source + 1]
                    shown[target + 2] = rgb[source + 2]
                    source += step
                    target += 3
                }
            }
            count = target
        }
    }
}
