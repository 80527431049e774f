import Foundation

/// A published shard: some clips of one feature, readable from any thread.
public final class Shard: Sendable {
    public let path: String
    public let fingerprint: String

    /// Ids of the clips, in the order of the rows.
    public let clips: [String]

    /// The clips' files as they were read; nil if the feature was computed from another.
    public let sources: [SourceStamp]?

    /// Arrays besides clip, source and checksum.
    public let arrays: [ArraySpecification]

    private let extents: [String: HDF5.Extent]
    private let checksummed: [String]
    private let file: Descriptor

    /// Opens a shard and reads what it says of itself.
    ///
    /// - Throws: ``StorageError`` if it is not a shard, or its arrays reach beyond the file's end.
    public init(reading path: String) throws(StorageError) {
        let layout = try HDF5.File(reading: path)
        let format = try layout.attribute("format")
        guard format == "avprep-shard-1" else {
            throw StorageError(.incompatible, "read \(path)", "its format is '\(format)'")
        }
        var names = try layout.datasetNames()
        let hasSources = (try? layout.array("source/path")) != nil
        if hasSources {
            names += ["source/path", "source/size", "source/mtime", "source/hash"]
        }
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
        sources = hasSources ? try Self.sources(extents, in: file) : nil
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

    /// Names of the arrays of the clip at `row` whose bytes do not match their checksums.
    public func damagedArrays(row: Int) throws(StorageError) -> [String] {
        let expected: [UInt64] = Self.numbers(try bytes(of: "checksum", row: row))
        var damaged: [String] = []
        for (name, checksum) in zip(checksummed, expected)
        where try XXH3.hash(bytes(of: name, row: row)) != checksum {
            damaged.append(name)
        }
        return damaged
    }

    private static func sources(
        _ extents: [String: HDF5.Extent], in file: borrowing Descriptor
    ) throws(StorageError) -> [SourceStamp] {
        func column<Number>(_ name: String, of: Number.Type) throws(StorageError) -> [Number] {
            guard let extent = extents[name] else { return [] }
            return numbers(try file.read(extent.rowSize * extent.shape[0], at: extent.offset))
        }
        let paths = try extents["source/path"].map { extent throws(StorageError) in
            try texts(extent, in: file)
        }
        let sizes = try column("source/size", of: UInt64.self)
        let modified = try column("source/mtime", of: Int64.self)
        let hashes = try column("source/hash", of: UInt64.self)
        return (paths ?? []).indices.map {
            SourceStamp(
                path: paths?[$0] ?? "", size: sizes[$0], modified: modified[$0], hash: hashes[$0])
        }
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
