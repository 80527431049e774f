/// Words as tokens merged from their bytes, the earliest merge first and of equal ones the leftmost.
///
/// Source: Sennrich et al., *Neural Machine Translation of Rare Words with Subword Units*, 2016
/// (arXiv:1508.07909); over bytes by Radford et al., *Language Models are Unsupervised Multitask
/// Learners*, 2019, section 2.2.
struct BytePairs: Sendable {
    /// The token of each byte, and of each byte that ends a word; negative where there is none.
    let bytes: [Int]
    let lastBytes: [Int]

    let merges: PairTable

    /// Takes the place of bytes that have no token; nil leaves them out.
    let unknown: Int?

    /// Memory to use again.
    struct Scratch {
        /// The tokens of a word so far, each at the place of its first byte, linked in their order.
        ///
        /// A token that was merged into the one before it has `next` 0.
        fileprivate var ids: [UInt32] = []
        fileprivate var next: [Int] = []
        fileprivate var previous: [Int] = []

        /// Possible merges as `rank << 32 | place`.
        fileprivate var queue = Heap()
    }

    /// Appends the tokens of a word.
    func append(
        _ text: [UInt8], _ word: Range<Int>, to ids: inout [Int], _ scratch: inout Scratch
    ) {
        scratch.ids.removeAll(keepingCapacity: true)
        for place in word {
            let isLast = place == word.upperBound - 1
            let id = (isLast ? lastBytes : bytes)[Int(text[place])]
            if id >= 0 {
                scratch.ids.append(UInt32(id))
            } else if let unknown {
                scratch.ids.append(UInt32(unknown))
            }
        }
        merge(&scratch)
        var place = 0
        while place < scratch.ids.count {
            ids.append(Int(scratch.ids[place]))
            place = scratch.next[place]
        }
    }

    private func merge(_ scratch: inout Scratch) {
        let count = scratch.ids.count
        scratch.next.removeAll(keepingCapacity: true)
        scratch.previous.removeAll(keepingCapacity: true)
        for place in 0..<count {
            scratch.next.append(place + 1)
            scratch.previous.append(place - 1)
        }
        for place in 0..<max(count - 1, 0) { propose(place, &scratch) }
        while let entry = scratch.queue.popFirst() {
            let place = Int(entry & 0xFFFF_FFFF)
            let next = scratch.next[place]
            // What stood here or behind it may have been merged since.
            guard next > 0, next < count,
                let merge = merges[scratch.ids[place], scratch.ids[next]],
                UInt64(merge.rank) == entry >> 32
            else { continue }
            scratch.ids[place] = merge.id
            let after = scratch.next[next]
            scratch.next[place] = after
            scratch.next[next] = 0
            if after < count {
                scratch.previous[after] = place
                propose(place, &scratch)
            }
            if scratch.previous[place] >= 0 { propose(scratch.previous[place], &scratch) }
        }
    }

    /// Queues the merge of the token at a place with the next one, if there is one.
    private func propose(_ place: Int, _ scratch: inout Scratch) {
        guard let merge = merges[scratch.ids[place], scratch.ids[scratch.next[place]]] else {
            return
        }
        scratch.queue.insert(UInt64(merge.rank) << 32 | UInt64(place))
    }
}

/// Numbers of which the smallest comes out first: a binary heap.
private struct Heap {
    private var numbers: [UInt64] = []

    mutating func insert(_ number: UInt64) {
        numbers.append(number)
        var place = numbers.count - 1
        while place > 0, numbers[(place - 1) / 2] > numbers[place] {
            numbers.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func popFirst() -> UInt64? {
        guard let first = numbers.first, let last = numbers.popLast() else { return nil }
        guard !numbers.isEmpty else { return first }
        numbers[0] = last
        var place = 0
        while 2 * place + 1 < numbers.count {
            var child = 2 * place + 1
            if child + 1 < numbers.count, numbers[child + 1] < numbers[child] { child += 1 }
            if numbers[place] <= numbers[child] { break }
            numbers.swapAt(place, child)
            place = child
        }
        return first
    }
}
