/// File name of a shard: which group of clips it belongs to, and how many went before it there.
///
/// Groups are fixed stretches of the sample list, so processes that share a cache never meet in a
/// name. Clips that were added to a group later, such as failed ones that were tried again, get
/// the next generation; where a clip is in two shards, the later generation counts.
struct ShardName: Comparable, CustomStringConvertible {
    let group: Int
    let generation: Int

    init(group: Int, generation: Int) {
        self.group = group
        self.generation = generation
    }

    /// Reads a file name; nil if no shard is called that.
    init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard
            name.hasPrefix("shard-"), name.hasSuffix(".h5"), (2...3).contains(parts.count),
            let group = Int(parts[0].dropFirst(6)),
            let generation = parts.count == 2 ? 0 : Int(parts[1])
        else { return nil }
        self.init(group: group, generation: generation)
        guard description == name else { return nil }
    }

    var description: String {
        let number = String(group)
        let padded = String(repeating: "0", count: max(0, 5 - number.count)) + number
        return generation == 0 ? "shard-\(padded).h5" : "shard-\(padded).\(generation).h5"
    }

    static func < (a: ShardName, b: ShardName) -> Bool {
        (a.generation, a.group) < (b.generation, b.group)
    }
}
