import Foundation

/// A shard whose file stays open, for many reads one after the other.
public struct OpenShard: ~Copyable {
    private let shard: Shard
    private let file: Descriptor

    /// Opens the file of a shard.
    public init(_ shard: Shard) throws(StorageError) {
        self.shard = shard
        file = try Descriptor(shard.path, O_RDONLY)
    }

    /// Reads a part of what an array has of the clip at `row`.
    ///
    /// - Parameters:
    ///   - range: Bytes, counted from the clip's first.
    ///   - array: Which the shard has.
    ///   - row: Of the clip.
    ///   - buffer: Its first bytes are overwritten; it grows if it is too short.
    /// - Throws: ``StorageError`` of kind `damaged` if the file was cut short.
    public func read(
        _ range: Range<Int>, of array: String, row: Int, to buffer: inout [UInt8]
    ) throws(StorageError) {
        let place = shard.place(of: array, row: row)
        precondition(range.lowerBound >= 0 && range.upperBound <= place.count)
        if buffer.count < range.count {
            buffer += Array(repeating: 0, count: range.count - buffer.count)
        }
        try file.read(range.count, at: place.lowerBound + range.lowerBound, to: &buffer)
    }
}
