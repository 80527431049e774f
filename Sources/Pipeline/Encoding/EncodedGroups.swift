import Storage

/// The shards under way, which one thread fills.
struct EncodedGroups {
    private let groups: [GroupedWork.Group]
    private let makeShard: (GroupedWork.Group) throws -> ShardWriter

    private var open: [Int: (shard: ShardWriter, rows: [Int])] = [:]

    /// Rows that are in published shards.
    private(set) var published = 0

    init(
        _ groups: [GroupedWork.Group],
        _ makeShard: @escaping (GroupedWork.Group) throws -> ShardWriter
    ) {
        self.groups = groups
        self.makeShard = makeShard
    }

    /// Writes a row, and publishes its group's shard if it was the last.
    mutating func write(_ row: ShardRow, of clip: EncodedClip) throws {
        let group = groups[clip.group]
        var entry = try open[clip.group] ?? (makeShard(group), [])
        try entry.shard.write(row, at: clip.row)
        entry.rows.append(clip.row)
        open[clip.group] = entry
        guard entry.rows.count == group.clips.count else { return }
        open[clip.group] = nil
        try entry.shard.finish()
        published += entry.rows.count
    }

    /// Publishes the rows of groups that are not complete.
    mutating func finishParts() throws {
        for (_, entry) in open.sorted(by: { $0.key < $1.key }) {
            try entry.shard.finish(keeping: entry.rows.sorted())
            published += entry.rows.count
        }
        open = [:]
    }
}
