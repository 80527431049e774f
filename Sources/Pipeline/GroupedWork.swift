import Neural
import Synchronization

/// Clips worked on in order by several threads, and published in groups.
///
/// A group is a fixed stretch of the sample list. Whichever thread first touches a group begins it,
/// and whichever finishes its last clip publishes it, so that at most a few groups are under way.
struct GroupedWork {
    /// Clips of a group that need work.
    struct Group: Sendable {
        /// Number of the group in the sample list.
        let number: Int
        let clips: [String]
    }

    /// Clips of the sample list in one shard, at most; features of small rows have more.
    static let groupSize = 32

    /// Cuts a sample list into groups and keeps what `needsWork` says of each share.
    static func groups(
        of clips: [String], size: Int = groupSize, share: WorkShare,
        needsWork: (String) -> Bool
    ) -> [Group] {
        stride(from: 0, to: clips.count, by: size).compactMap { start in
            let number = start / size
            guard share.contains(group: number) else { return nil }
            let wanted = clips[start..<min(start + size, clips.count)].filter(needsWork)
            return wanted.isEmpty ? nil : Group(number: number, clips: wanted)
        }
    }

    let groups: [Group]

    /// Every clip, in order: its place in ``groups``, and in that group.
    let items: [(group: Int, row: Int)]

    /// Number of clips.
    var count: Int { items.count }

    /// Work on groups of clips, of which no more than `limit` clips are dealt with.
    init(_ groups: [Group], limit: Int?) {
        var left = limit ?? .max
        self.groups = groups.compactMap { group in
            let clips = Array(group.clips.prefix(left))
            left -= clips.count
            return clips.isEmpty ? nil : Group(number: group.number, clips: clips)
        }
        items = self.groups.enumerated().flatMap { index, group in
            group.clips.indices.map { (index, $0) }
        }
    }

    /// Works through all clips, or until told to stop; groups that are not complete then are dropped.
    ///
    /// - Parameters:
    ///   - pool: The threads that work.
    ///   - isCancelled: Asked before each clip.
    ///   - begin: Makes what the clips of a group share.
    ///   - process: Deals with one clip, on any thread.
    ///   - finish: Publishes a group all of whose clips have been dealt with.
    ///   - abandon: Does what is to be done with a group that is not complete when the work is stopped.
    /// - Throws: The first error of these; the work then ends.
    func run<State: Sendable>(
        on pool: WorkerPool, isCancelled: @Sendable () -> Bool,
        begin: @Sendable (Group) throws -> State,
        process: @Sendable (_ clip: String, _ row: Int, State) throws -> Void,
        finish: @Sendable (Group, State) throws -> Void,
        abandon: (Group, State) throws -> Void = { _, _ in }
    ) throws {
        let open = Mutex<[Int: (state: State, left: Int)]>([:])
        try pool.forEach(items.count) { (index) throws(any Error) in
            guard !isCancelled() else { return }
            let item = items[index], group = groups[item.group]
            let state = try open.withLock { open in
                if let state = open[item.group]?.state { return state }
                let state = try begin(group)
                open[item.group] = (state, group.clips.count)
                return state
            }
            try process(group.clips[item.row], item.row, state)
            let isLast = open.withLock { open in
                open[item.group]?.left -= 1
                guard open[item.group]?.left == 0 else { return false }
                open[item.group] = nil
                return true
            }
            if isLast { try finish(group, state) }
        }
        for (number, group) in open.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            try abandon(groups[number], group.state)
        }
    }
}
