/// Tokens and their numbers, found by the bytes of a text.
///
/// A hash table with open addressing. The hash is FNV-1a, which grows byte by byte, so that all beginnings
/// of a word are hashed in one pass.
struct Vocabulary: Sendable {
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    /// By hash, the upper half of an entry's hash and 1 + its place; 0 where there is none.
    private var slots: [UInt64]

    private struct Entry {
        var start: Int
        var count: Int
        var id: Int
    }

    /// Length of the longest token, in bytes.
    private(set) var longest = 0

    /// A table of tokens; where one occurs twice the later number counts.
    init(_ tokens: [(text: [UInt8], id: Int)]) {
        var size = 16
        while size < 2 * tokens.count { size *= 2 }
        slots = Array(repeating: 0, count: size)
        for (text, id) in tokens {
            let hash = text.reduce(Self.seed) { Self.hash($0, $1) }
            let slot = slot(text, 0..<text.count, hash)
            if slots[slot] > 0 {
                entries[Int(slots[slot] & 0xFFFF_FFFF) - 1].id = id
                continue
            }
            entries.append(Entry(start: bytes.count, count: text.count, id: id))
            bytes += text
            longest = max(longest, text.count)
            slots[slot] = hash & ~0xFFFF_FFFF | UInt64(entries.count)
        }
    }

    /// The hash of no bytes, and that of some and one more.
    static let seed: UInt64 = 0xCBF2_9CE4_8422_2325
    static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    /// The number of the token that a range of bytes spells; nil if it spells none.
    func id(of text: [UInt8], _ range: Range<Int>, hash: UInt64) -> Int? {
        let slot = slots[slot(text, range, hash)]
        return slot > 0 ? entries[Int(slot & 0xFFFF_FFFF) - 1].id : nil
    }

    /// The number of a token.
    func id(of text: [UInt8]) -> Int? {
        id(of: text, 0..<text.count, hash: text.reduce(Self.seed) { Self.hash($0, $1) })
    }

    func id(of text: String) -> Int? { id(of: Array(text.utf8)) }

    /// One more than the greatest number.
    var size: Int { (entries.map(\.id).max() ?? -1) + 1 }

    /// Where the entry of a text is, or would be.
    private func slot(_ text: [UInt8], _ range: Range<Int>, _ hash: UInt64) -> Int {
        var slot = Int((hash ^ hash >> 29) & UInt64(slots.count - 1))
        while slots[slot] > 0 {
            if slots[slot] >> 32 == hash >> 32,
                isEqual(entries[Int(slots[slot] & 0xFFFF_FFFF) - 1], text, range)
            {
                return slot
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private func isEqual(_ entry: Entry, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard entry.count == range.count else { return false }
        for i in 0..<entry.count where bytes[entry.start + i] != text[range.lowerBound + i] {
            return false
        }
        return true
    }
}
