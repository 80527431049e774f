/// What two neighbouring tokens become, and how early.
///
/// A hash table with open addressing.
struct PairTable: Sendable {
    /// By hash, the two numbers; all ones where there are none.
    private var keys: [UInt64]

    private var values: [Merge]
    private let shift: UInt64

    struct Merge: Sendable {
        /// Smaller is earlier.
        var rank: UInt32

        /// What the two become.
        var id: UInt32
    }

    /// A table of merges in their order; where two tokens occur twice the later rank counts.
    init(_ merges: [(first: Int, second: Int, id: Int)]) {
        var bits: UInt64 = 4
        while 1 << bits < 2 * merges.count { bits += 1 }
        shift = 64 - bits
        keys = Array(repeating: .max, count: 1 << bits)
        values = Array(repeating: Merge(rank: 0, id: 0), count: 1 << bits)
        for (rank, merge) in merges.enumerated() {
            let key = Self.key(UInt32(merge.first), UInt32(merge.second))
            let slot = slot(key)
            keys[slot] = key
            values[slot] = Merge(rank: UInt32(rank), id: UInt32(merge.id))
        }
    }

    subscript(first: UInt32, second: UInt32) -> Merge? {
        let key = Self.key(first, second)
        let slot = slot(key)
        return keys[slot] == key ? values[slot] : nil
    }

    private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
        UInt64(first) << 32 | UInt64(second)
    }

    /// Where a key is, or would be; multiplicative hashing.
    private func slot(_ key: UInt64) -> Int {
        var slot = Int(((key ^ key >> 31) &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while keys[slot] != .max, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
        return slot
    }
}
