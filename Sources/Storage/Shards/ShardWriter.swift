import Foundation

/// A shard being built: an HDF5 file under a temporary name until it is complete.
///
/// The library lays the file out and writes its metadata; rows are then written at the offsets it
/// gave, from any thread and in any order; last comes a ``ShardDirectory``. Dropped before `finish`,
/// the writer removes the file.
public final class ShardWriter: Sendable {
    public let path: String

    private let temporary: String
    private let clips: [String]
    private let segments: Int
    private let hasTimes: Bool
    private let provenance: Provenance
    private let recipe: Recipe
    private let specifications: [ArraySpecification]
    private let extents: [String: HDF5.Extent]
    private let directory: ShardDirectory
    private let file: Descriptor

    /// Bytes of the file up to the hash that ends it.
    private let hashedSize: Int

    /// Lays out a shard.
    ///
    /// - Parameters:
    ///   - path: Its final name.
    ///   - clips: Ids of its clips, in the order of its rows.
    ///   - segments: Windows of a clip, or tokens of a text.
    ///   - hasTimes: Whether they have times, which those of texts have not.
    ///   - arrays: Arrays of each clip besides time, validity and checksum.
    ///   - provenance: What each clip's data were made from.
    ///   - recipe: What determines the data, recorded in the file.
    /// - Throws: ``StorageError``, of kind `noSpace` when the disk has no room for all of it.
    public convenience init(
        path: String, clips: [String], segments: Int, hasTimes: Bool = true,
        arrays: [ArraySpecification], provenance: Provenance, recipe: Recipe
    ) throws(StorageError) {
        try self.init(
            path, temporary: AtomicFile.temporaryPath(for: path), clips: clips, segments: segments,
            hasTimes: hasTimes, arrays: arrays, provenance: provenance, recipe: recipe)
    }

    private init(
        _ path: String, temporary: String, clips: [String], segments: Int, hasTimes: Bool,
        arrays: [ArraySpecification], provenance: Provenance, recipe: Recipe
    ) throws(StorageError) {
        precondition(!clips.isEmpty && clips.count == provenance.count)
        self.path = path
        self.temporary = temporary
        self.clips = clips
        self.segments = segments
        self.hasTimes = hasTimes
        self.provenance = provenance
        self.recipe = recipe
        specifications =
            (hasTimes ? [ArraySpecification("time", .f64, shape: [segments])] : [])
            + [ArraySpecification("valid", .u8, shape: [segments])] + arrays
        let all = specifications
        var extents: [String: HDF5.Extent] = [:]
        let layout = try HDF5.layOut(path) { file throws(StorageError) in
            extents = try Self.layOut(
                file, clips: clips, specifications: all, provenance: provenance, recipe: recipe)
        }
        self.extents = extents
        directory = ShardDirectory(
            fingerprint: recipe.fingerprint,
            arrays: extents.map { ShardDirectory.Entry($0.key, $0.value) }
                .sorted { $0.offset < $1.offset },
            checksummed: all.map(\.name))
        let description = directory.bytes, size = try layout.size()
        hashedSize = size + description.count
        file = try Descriptor(temporary, O_RDWR | O_CREAT | O_TRUNC)
        try layout.copyData(to: file)
        try file.reserve(hashedSize + 8)
        try file.write(description, at: size)
        try writeTexts(clips, to: "clip")
        switch provenance {
        case .files(let sources):
            try writeTexts(sources.map(\.path), to: "source/path")
            try writeColumn(sources.map(\.size), to: "source/size")
            try writeColumn(sources.map(\.modified), to: "source/mtime")
            try writeColumn(sources.map(\.hash), to: "source/hash")
        case .rows(let checksums): try writeColumn(checksums, to: "source/checksum")
        }
    }

    deinit { unlink(temporary) }  // Gone already, if it was published.

    /// Creates all arrays and attributes of a shard, and says where the arrays are.
    private static func layOut(
        _ file: borrowing HDF5.File, clips: [String], specifications: [ArraySpecification],
        provenance: Provenance, recipe: Recipe
    ) throws(StorageError) -> [String: HDF5.Extent] {
        try file.setAttribute("format", to: "avprep-shard-1")
        try file.setAttribute("recipe", to: recipe.fields.text)
        try file.setAttribute("fingerprint", to: recipe.fingerprint)
        try file.setAttribute("producer", to: Producer.name)
        func longest(_ texts: [String]) -> Int { max(texts.map(\.utf8.count).max() ?? 0, 1) }

        var extents: [String: HDF5.Extent] = [:]
        func create(_ name: String, _ type: ElementType, _ shape: [Int]) throws(StorageError) {
            extents[name] = try file.createArray(name, type: type, shape: [clips.count] + shape)
        }
        try create("clip", .text(longest(clips)), [])
        for array in specifications { try create(array.name, array.type, array.shape) }
        try create("checksum", .u64, [specifications.count])
        let names = specifications.map(\.name).joined(separator: ",")
        try file.setAttribute("arrays", to: names, of: "checksum")
        try file.createGroup("source")
        switch provenance {
        case .files(let sources):
            try create("source/path", .text(longest(sources.map(\.path))), [])
            try create("source/size", .u64, [])
            try create("source/mtime", .i64, [])
            try create("source/hash", .u64, [])
        case .rows: try create("source/checksum", .u64, [])
        }
        return extents
    }

    /// Writes the data of the clip at `index`.
    ///
    /// - Precondition: Times, validity and arrays have the sizes that were laid out.
    public func write(_ row: ShardRow, at index: Int) throws(StorageError) {
        let arrays =
            (hasTimes ? [bytes(of: row.times)] : [])
            + [row.valid.map { $0 ? 1 : 0 }] + row.arrays
        precondition(arrays.count == specifications.count)
        for (array, specification) in zip(arrays, specifications) {
            precondition(array.count == specification.rowSize, "\(specification.name) of \(path)")
            try write(array, to: specification.name, row: index)
        }
        try write(bytes(of: arrays.map { XXH3.hash($0) }), to: "checksum", row: index)
    }

    /// Makes the shard durable and gives it its final name.
    ///
    /// - Precondition: Every row has been written.
    public func finish() throws(StorageError) {
        let hash = try XXH3.hash(of: directory.frame(end: hashedSize, of: path), in: file)
        try file.write(bytes(of: [hash.littleEndian]), at: hashedSize)
        try file.synchronise()
        try AtomicFile.publish(temporary, as: path)
    }

    /// Publishes a shard of some of the rows, and none of the others.
    ///
    /// - Precondition: The rows have been written; there is at least one.
    public func finish(keeping rows: [Int]) throws(StorageError) {
        let part = try ShardWriter(
            path, temporary: temporary + "-part", clips: rows.map { clips[$0] },
            segments: segments, hasTimes: hasTimes,
            arrays: Array(specifications.dropFirst(hasTimes ? 2 : 1)),
            provenance: provenance.rows(rows), recipe: recipe)
        for name in specifications.map(\.name) + ["checksum"] {
            guard let extent = extents[name] else { preconditionFailure("no array '\(name)'") }
            for (index, row) in rows.enumerated() {
                let bytes = try file.read(extent.rowSize, at: extent.offset + row * extent.rowSize)
                try part.write(bytes, to: name, row: index)
            }
        }
        try part.finish()
    }

    private func write(_ bytes: [UInt8], to array: String, row: Int) throws(StorageError) {
        guard let extent = extents[array] else { preconditionFailure("no array '\(array)'") }
        try file.write(bytes, at: extent.offset + row * extent.rowSize)
    }

    private func writeColumn(_ numbers: [some Any], to array: String) throws(StorageError) {
        for (row, number) in numbers.enumerated() {
            try write(bytes(of: [number]), to: array, row: row)
        }
    }

    private func writeTexts(_ texts: [String], to array: String) throws(StorageError) {
        for (row, text) in texts.enumerated() { try write(Array(text.utf8), to: array, row: row) }
    }

    /// Little-endian bytes of some numbers.
    private func bytes(of numbers: [some Any]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }
}
