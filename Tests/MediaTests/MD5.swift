import Foundation

/// RFC 1321, as hexadecimal digits.
func md5(_ bytes: [UInt8]) -> String {
    let shifts: [[UInt32]] = [
        [7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21],
    ]
    let table = (1...64).map { (i: Int) -> UInt32 in UInt32(abs(sin(Double(i))) * 4_294_967_296) }
    let rotations = (0..<64).map { (i: Int) -> UInt32 in shifts[i / 16][i % 4] }
    let words = (0..<64).map { (i: Int) -> Int in
        switch i / 16 {
        case 0: i
        case 1: (5 * i + 1) % 16
        case 2: (3 * i + 5) % 16
        default: 7 * i % 16
        }
    }
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
    var message = bytes + [0x80]
    message += [UInt8](repeating: 0, count: (120 - message.count % 64) % 64)
    message += (0..<8).map { (i: Int) -> UInt8 in
        UInt8(truncatingIfNeeded: (bytes.count * 8) >> (8 * i))
    }
    message.withUnsafeBytes { message in
        for block in stride(from: 0, to: message.count, by: 64) {
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            for i in 0..<64 {
                var f: UInt32
                switch i / 16 {
                case 0: f = b & c | ~b & d
                case 1: f = d & b | ~d & c
                case 2: f = b ^ c ^ d
                default: f = c ^ (b | ~d)
                }
                let word = message.load(
                    fromByteOffset: block + 4 * words[i], as: UInt32.self)
                f = f &+ a &+ table[i] &+ word
                (a, d, c) = (d, c, b)
                b = b &+ (f << rotations[i] | f >> (32 - rotations[i]))
            }
            state = [state[0] &+ a, state[1] &+ b, state[2] &+ c, state[3] &+ d]
        }
    }
    return state.map { String(format: "%08x", $0.byteSwapped) }.joined()
}
