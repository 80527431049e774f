import Foundation

/// A published shard: some clips of one feature, readable from any thread.
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
    private let file: Descriptor

    /// Opens a shard and reads what it says of itself.
    ///
    /// - Throws: ``StorageError`` if it is not a shard, or its arrays reach beyond the file's end.
    public convenience init(reading path: String) throws(StorageError) {
        do throws(StorageError) {
            try self.init(opening: path)
        } catch {
            // What the library cannot read was whole when it got its name.
            guard error.kind == .failed else { throw error }
            throw StorageError(.damaged, error.operation, error.reason)
        }
    }

    private init(opening path: String) throws(StorageError) {
        let layout = try HDF5.File(reading: path)
        let format = try layout.attribute("format")
        guard format == "avprep-shard-1" else {
            throw StorageError(.incompatible, "read \(path)", "its format is '\(format)'")
        }
        var names = try layout.datasetNames()
        let isComputed = (try? layout.array("source/checksum")) != nil
        names +=
            isComputed
            ? ["source/checksum"]
            : ["source/path", "source/size", "source/mtime", "source/hash"]
        let file = try Descriptor(path, O_RDONLY)
        let size = try file.size()
        var extents: [String: HDF5.Extent] = [:]
        for name in names {
            let extent = try layout.array(name)
            guard extent.offset + extent.rowSize * extent.shape[0] <= size else {
                throw StorageError(
                    .damaged, "read \(path)", "dataset '\(name)' reaches beyond its end")
            }
            extents[name] = extent
        }
        guard let ids = extents["clip"], extents.values.allSatisfy({ $0.shape[0] == ids.shape[0] })
        else { throw StorageError(.damaged, "read \(path)", "its datasets differ in length") }

        self.path = path
        self.extents = extents
        fingerprint = try layout.attribute("fingerprint")
        checksummed = try layout.attribute("arrays", of: "checksum")
            .split(separator: ",").map(String.init)
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
        self.file = file
    }

    /// Bytes of an array of the clip at `row`.
    ///
    /// - Precondition: The shard has the array, see ``arrays``.
    public func bytes(of array: String, row: Int) throws(StorageError) -> [UInt8] {
        guard let extent = extents[array], clips.indices.contains(row) else {
            preconditionFailure("no array '\(array)' or row \(row) in \(path)")
        }
        return try file.read(extent.rowSize, at: extent.offset + row * extent.rowSize)
    }

    /// Seconds of each segment of the clip at `row`.
    public func times(row: Int) throws(StorageError) -> [Double] {
        Self.numbers(try bytes(of: "time", row: row))
    }

    /// For each segment of the clip at `row`, whether its data are real.
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
