import Storage
import Synchronization

/// A row under way: its segments are computed by any threads, and stored together.
final class EncodedClip: Sendable {
    /// Its place in the order of the work, and in its group's shard.
    let index: Int
    let group: Int
    let row: Int
    let key: String

    private let source: EncodingRow
    private let state: Mutex<State>

    private struct State {
        /// Whether its first segment has been begun, or given up; nil as long as nobody has asked.
        var isWanted: Bool?

        /// Bytes of each array of each segment; none of those without data.
        var pieces: [Int: [[UInt8]]] = [:]
        var left: Int
        var flaws = StateFlaws()
    }

    init(_ source: EncodingRow, _ key: String, index: Int, group: Int, row: Int) {
        self.index = index
        self.group = group
        self.row = row
        self.key = key
        // Threads hand inputs on one by one; the row need not keep them.
        self.source = EncodingRow(times: source.times, valid: source.valid, inputs: [])
        state = Mutex(State(left: source.inputs.count { $0 != nil }))
    }

    /// Whether its segments are to be computed; `begins` is asked once, before the first.
    func isWanted(_ begins: () -> Bool) -> Bool {
        state.withLock { state in
            if let isWanted = state.isWanted { return isWanted }
            let isWanted = begins()
            state.isWanted = isWanted
            return isWanted
        }
    }

    /// Takes a segment, and says whether it was the last.
    func add(_ pieces: [[UInt8]], at segment: Int, _ flaws: StateFlaws) -> Bool {
        state.withLock { state in
            state.pieces[segment] = pieces
            state.flaws.add(flaws)
            state.left -= 1
            return state.left == 0
        }
    }

    /// The row as a shard stores it; what has no data, and what pads a text, is zero.
    ///
    /// - Throws: ``Encoding/OverflowError`` if it cannot be stored.
    func take(_ encoder: StateEncoder, _ type: Encoding.NumberType) throws -> ShardRow {
        var (pieces, flaws) = state.withLock { state in
            defer { state.pieces = [:] }
            return (state.pieces, state.flaws)
        }
        if let error = flaws.error(of: key, type) { throw error }
        let arrays = encoder.arrays.indices.map { array in
            let size = encoder.segmentSize(array)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(encoder.arrays[array].rowSize)
            for segment in 0..<encoder.arrays[array].shape[0] {
                if let piece = pieces[segment]?[array] {
                    bytes += piece
                    pieces[segment]?[array] = []
                }
                let end = (segment + 1) * size
                bytes += repeatElement(0, count: end - bytes.count)
            }
            return bytes
        }
        return ShardRow(times: source.times, valid: source.valid, arrays: arrays)
    }
}
