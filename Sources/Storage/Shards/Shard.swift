import Foundation

/// A published shard: some clips of one feature, readable from any thread.
///
/// Its file is open only while it is read: a cache may have more shards than a process may have files.
public final class Shard: Sendable {
    public let path: String
    public let fingerprint: String

    /// Ids of the clips, in the order of the rows.
    public let clips: [String]

    /// What the clips' data were made from.
    public let provenance: Provenance

    /// Arrays besides clip, source and checksum.
    public let arrays: [ArraySpecification]

    private let extents: [String: HDF5.Extent]
    private let checksummed: [String]

    /// Opens a shard and reads what it says of itself.
    ///
    /// - Throws: ``StorageError`` of kind `damaged` if anything but the data of its rows, which
    ///   ``damagedArrays(row:)`` compares, is not what was written.
    public convenience init(reading path: String) throws(StorageError) {
        do throws(StorageError) {
            try self.init(opening: path)
        } catch {
            // What cannot be read was whole when it got its name.
            guard error.kind == .failed else { throw error }
            throw StorageError(.damaged, error.operation, error.reason)
        }
    }

    private init(opening path: String) throws(StorageError) {
        let file = try Descriptor(path, O_RDONLY)
        let directory = try ShardDirectory(reading: file), size = try file.size()
        var extents: [String: HDF5.Extent] = [:]
        for entry in directory.arrays {
            extents[entry.name] = try entry.extent(before: size, of: path)
        }
        guard let ids = extents["clip"], extents.values.allSatisfy({ $0.shape[0] == ids.shape[0] })
        else { throw StorageError(.damaged, "read \(path)", "its datasets differ in length") }
        let isComputed = extents["source/checksum"] != nil
        try Self.check(extents, directory, isComputed: isComputed, of: path)

        self.path = path
        self.extents = extents
        fingerprint = directory.fingerprint
        checksummed = directory.checksummed
        arrays = extents.filter {
            $0.key != "clip" && $0.key != "checksum" && !$0.key.contains("/")
        }
        .map { ArraySpecification($0.key, $0.value.type, shape: Array($0.value.shape.dropFirst())) }
        .sorted { $0.name < $1.name }
        clips = try Self.texts(ids, in: file)
        provenance =
            isComputed
            ? .rows(try Self.column("source/checksum", of: extents, in: file))
            : .files(try Self.sources(extents, in: file))
    }

    /// Checks that the arrays which every shard has are there, and what they should be.
    private static func check(
        _ extents: [String: HDF5.Extent], _ directory: ShardDirectory, isComputed: Bool,
        of path: String
    ) throws(StorageError) {
        func isPlain(_ name: String, _ type: ElementType?, axes: Int = 1) -> Bool {
            guard let extent = extents[name], extent.shape.count == axes else { return false }
            if let type { return extent.type == type }
            if case .text = extent.type { return true }
            return false
        }
        let isComplete =
            isPlain("clip", nil) && isPlain("valid", .u8, axes: 2)
            && (extents["time"] == nil || isPlain("time", .f64, axes: 2))
            && isPlain("checksum", .u64, axes: 2)
            && extents["checksum"]?.shape[1] == directory.checksummed.count
            && Set(directory.checksummed).isSubset(of: extents.keys)
            && (isComputed
                ? isPlain("source/checksum", .u64)
                : isPlain("source/path", nil) && isPlain("source/size", .u64)
                    && isPlain("source/mtime", .i64) && isPlain("source/hash", .u64))
        guard isComplete else {
            throw StorageError(.damaged, "read \(path)", "its arrays are not those of a shard")
        }
    }

    /// Bytes of an array of the clip at `row`.
    ///
    /// - Precondition: The shard has the array, see ``arrays``.
    public func bytes(of array: String, row: Int) throws(StorageError) -> [UInt8] {
        let place = place(of: array, row: row)
        return try Descriptor(path, O_RDONLY).read(place.count, at: place.lowerBound)
    }

    /// The bytes of the file that an array has of the clip at `row`.
    ///
    /// - Precondition: The shard has the array.
    func place(of array: String, row: Int) -> Range<Int> {
        guard let extent = extents[array], clips.indices.contains(row) else {
            preconditionFailure("no array '\(array)' or row \(row) in \(path)")
        }
        let first = extent.offset + row * extent.rowSize
        return first..<first + extent.rowSize
    }

    /// Seconds of each segment of the clip at `row`; none for a text.
    public func times(row: Int) throws(StorageError) -> [Double] {
        guard extents["time"] != nil else { return [] }
        return Self.numbers(try bytes(of: "time", row: row))
    }

    /// For each segment of the clip at `row`, or token of the text, whether its data are real.
    public func valid(row: Int) throws(StorageError) -> [Bool] {
        try bytes(of: "valid", row: row).map { $0 != 0 }
    }

    /// The recorded checksums of the clip at `row`, by array.
    public func checksums(row: Int) throws(StorageError) -> [String: UInt64] {
        let checksums: [UInt64] = Self.numbers(try bytes(of: "checksum", row: row))
        return Dictionary(zip(checksummed, checksums)) { first, _ in first }
    }

    /// Names of the arrays of the clip at `row` whose bytes do not match their checksums.
    public func damagedArrays(row: Int) throws(StorageError) -> [String] {
        var damaged: [String] = []
        for (name, checksum) in try checksums(row: row)
        where try XXH3.hash(bytes(of: name, row: row)) != checksum {
            damaged.append(name)
        }
        return damaged.sorted()
    }

    private static func sources(
        _ extents: [String: HDF5.Extent], in file: borrowing Descriptor
    ) throws(StorageError) -> [SourceStamp] {
        let paths = try extents["source/path"].map { extent throws(StorageError) in
            try texts(extent, in: file)
        }
        let sizes: [UInt64] = try column("source/size", of: extents, in: file)
        let modified: [Int64] = try column("source/mtime", of: extents, in: file)
        let hashes: [UInt64] = try column("source/hash", of: extents, in: file)
        return (paths ?? []).indices.map {
            SourceStamp(
                path: paths?[$0] ?? "", size: sizes[$0], modified: modified[$0], hash: hashes[$0])
        }
    }

    private static func column<Number>(
        _ name: String, of extents: [String: HDF5.Extent], in file: borrowing Descriptor
    ) throws(StorageError) -> [Number] {
        guard let extent = extents[name] else { return [] }
        return numbers(try file.read(extent.rowSize * extent.shape[0], at: extent.offset))
    }

    private static func texts(
        _ extent: HDF5.Extent, in file: borrowing Descriptor
    ) throws(StorageError) -> [String] {
        var texts: [String] = []
        for row in 0..<extent.shape[0] {
            let bytes = try file.read(extent.rowSize, at: extent.offset + row * extent.rowSize)
            texts.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
        return texts
    }

    private static func numbers<Number>(_ bytes: [UInt8]) -> [Number] {
        bytes.withUnsafeBytes { Array($0.bindMemory(to: Number.self)) }
    }
}
