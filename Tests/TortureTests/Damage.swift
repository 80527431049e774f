import Foundation
import Tensors

/// A way in which a file of media is spoilt.
enum Damage: Sendable, CustomStringConvertible {
    /// Only a leading share is left.
    case truncation(Double)

    /// Each bit is inverted with a probability.
    case bitFlips(Double)

    /// A share of the bytes, in one place, is zero.
    case zeros(Double)

    /// Two blocks of a share of the file have changed places.
    case swappedBlocks(Double)

    /// Some of the first bytes are random.
    case header(bytes: Int, of: Int)

    /// The ways of the full form: 18, of every severity.
    static let all: [Damage] =
        [0.002, 0.1, 0.35, 0.6, 0.85, 0.99].map { .truncation($0) }
        + [1e-6, 1e-5, 1e-4, 1e-3].map { .bitFlips($0) }
        + [0.001, 0.01, 0.2].map { .zeros($0) }
        + [0.01, 0.1].map { .swappedBlocks($0) }
        + [.header(bytes: 1, of: 64), .header(bytes: 8, of: 512), .header(bytes: 64, of: 4096)]

    var description: String {
        switch self {
        case .truncation: "truncated"
        case .bitFlips: "bits flipped"
        case .zeros: "zeros"
        case .swappedBlocks: "blocks swapped"
        case .header: "header damaged"
        }
    }

    func apply(to bytes: inout Data, using generator: inout SplitMix64) {
        guard !bytes.isEmpty else { return }
        let size = bytes.count
        func place(_ length: Int) -> Int { Int.random(in: 0...size - length, using: &generator) }
        switch self {
        case .truncation(let share):
            bytes = bytes.prefix(Int(Double(size) * share))
        case .bitFlips(let rate):
            for _ in 0..<max(1, Int(rate * 8 * Double(size))) {
                bytes[place(1)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        case .zeros(let share):
            let length = max(1, Int(Double(size) * share)), start = place(length)
            bytes.replaceSubrange(start..<start + length, with: Data(count: length))
        case .swappedBlocks(let share):
            let length = max(1, Int(Double(size) * share))
            let (a, b) = (place(length), place(length))
            let (first, second) = (bytes[a..<a + length], bytes[b..<b + length])
            bytes.replaceSubrange(a..<a + length, with: second)
            bytes.replaceSubrange(b..<b + length, with: first)
        case .header(let count, let range):
            for _ in 0..<count {
                let position = Int.random(in: 0..<min(range, size), using: &generator)
                bytes[position] = UInt8.random(in: 0...255, using: &generator)
            }
        }
    }
}
