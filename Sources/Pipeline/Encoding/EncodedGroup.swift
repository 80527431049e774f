import Storage
import Synchronization

/// The shard of a group of clips, and which of its rows have been written.
final class EncodedGroup: Sendable {
    private let shard: ShardWriter
    private let rows = Mutex<Set<Int>>([])

    init(_ shard: ShardWriter) { self.shard = shard }

    func write(_ row: ShardRow, at index: Int) throws {
        try shard.write(row, at: index)
        rows.withLock { _ = $0.insert(index) }
    }

    func finish() throws { try shard.finish() }

    /// Publishes the rows that are there, and returns their number.
    func finishPart() throws -> Int {
        let rows = rows.withLock { $0.sorted() }
        if !rows.isEmpty { try shard.finish(keeping: rows) }
        return rows.count
    }
}
