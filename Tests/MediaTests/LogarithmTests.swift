import Foundation
import Testing

@testable import Media

@Suite("Fast logarithm")
struct LogarithmTests {
    @Test func itIsThatOfDoublePrecision() {
        var greatest = 0.0
        var bits = Float(1.2e-38).bitPattern
        while bits < Float.greatestFiniteMagnitude.bitPattern - 8 * 1_009 {
            let x = SIMD8<Float>((0..<8).map { Float(bitPattern: bits + 1_009 * $0) })
            let y = naturalLogarithm(x)
            for lane in 0..<8 where x[lane] != 1 {
                let exact = log(Double(x[lane]))
                greatest = max(greatest, abs(Double(y[lane]) - exact) / abs(exact))
            }
            bits += 8 * 1_009
        }
        #expect(greatest < 2e-7)
        #expect(naturalLogarithm(SIMD8(repeating: 1)) == SIMD8(repeating: 0))
    }
}
