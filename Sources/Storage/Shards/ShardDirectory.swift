import Foundation

/// What stands at the end of a shard, behind the HDF5 file: where its arrays lie, and a hash of all
/// bytes that no row's checksum covers.
///
/// With it every bit of a shard is covered: rows by `/checksum`, all else (HDF5's own structures,
/// ids, sources, the checksums themselves, padding, this directory) by the hash. It is small, so it
/// is compared whenever a shard is opened, and nothing of a shard is believed before. Readers of HDF5
/// do not see it: the superblock says where their file ends.
///
/// ```
/// HDF5 file | directory as JSON | "avpshard" | u64 length of the JSON | u64 XXH3 of the frame
/// ```
struct ShardDirectory: Codable, Equatable {
    /// An array of the shard, those that say what the rows are included.
    struct Entry: Codable, Equatable {
        let name: String

        /// ``ElementType`` in words.
        let type: String

        /// Its extents, the number of clips first.
        let shape: [Int]

        /// Position of its first byte in the file.
        let offset: Int
    }

    /// Fingerprint of the recipe.
    let fingerprint: String

    let arrays: [Entry]

    /// Names of the arrays that `/checksum` covers, in the order of its columns.
    let checksummed: [String]

    private static let mark = Array("avpshard".utf8)

    /// The directory as it is written, up to the hash.
    var bytes: [UInt8] {
        let text = Array(JSONLines.text(of: self).utf8)
        return text + Self.mark + withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init)
    }

    /// The ranges of a file's first `end` bytes that no row's checksum covers.
    ///
    /// - Throws: If arrays overlap or reach beyond `end`.
    func frame(end: Int, of path: String) throws(StorageError) -> [Range<Int>] {
        var frame: [Range<Int>] = []
        var position = 0
        let rows = arrays.filter { checksummed.contains($0.name) }.sorted { $0.offset < $1.offset }
        for entry in rows {
            let range = try entry.extent(before: end, of: path).range
            guard position <= range.lowerBound else {
                throw StorageError(.damaged, "read \(path)", "its arrays overlap")
            }
            frame.append(position..<range.lowerBound)
            position = range.upperBound
        }
        frame.append(position..<end)
        return frame
    }

    /// Reads the directory of a shard, and compares the hash.
    ///
    /// - Throws: ``StorageError`` of kind `damaged` if the file is not what was written.
    init(reading file: borrowing Descriptor) throws(StorageError) {
        let path = file.path, size = try file.size(), tail = 24
        func damaged(_ reason: String) -> StorageError {
            StorageError(.damaged, "read \(path)", reason)
        }
        guard size >= tail else { throw damaged("it is no shard, or was cut short") }
        let end = try file.read(tail, at: size - tail)
        guard Array(end[0..<8]) == Self.mark else {
            throw damaged("it is no shard, was cut short, or is older than this version")
        }
        let (length, hash) = end.withUnsafeBytes {
            (
                Int(
                    clamping: UInt64(
                        littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))),
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            )
        }
        guard length <= size - tail else { throw damaged("its directory is damaged") }
        let text = try file.read(length, at: size - tail - length)
        guard let directory = try? JSONDecoder().decode(Self.self, from: Data(text)),
            let frame = try? directory.frame(end: size - 8, of: path)
        else { throw damaged("its directory is damaged") }
        guard try XXH3.hash(of: frame, in: file) == hash else {
            throw damaged("its description or padding is damaged, the data perhaps not")
        }
        self = directory
    }

    init(fingerprint: String, arrays: [Entry], checksummed: [String]) {
        self.fingerprint = fingerprint
        self.arrays = arrays
        self.checksummed = checksummed
    }
}

extension ShardDirectory.Entry {
    init(_ name: String, _ extent: HDF5.Extent) {
        self.init(
            name: name, type: extent.type.description, shape: extent.shape, offset: extent.offset)
    }

    /// Where the array lies, below `end`.
    ///
    /// - Throws: If it does not, or its type is unknown.
    func extent(before end: Int, of path: String) throws(StorageError) -> HDF5.Extent {
        func damaged(_ reason: String) -> StorageError {
            StorageError(.damaged, "read \(path)", "array '\(name)' \(reason)")
        }
        guard let type = ElementType(type), !shape.isEmpty else {
            throw damaged("is of no known type")
        }
        var bytes = type.size
        for length in shape {
            let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: length)
            guard length > 0, !isTooLarge else { throw damaged("is too large") }
            bytes = product
        }
        guard offset >= 0, offset <= end, bytes <= end - offset else {
            throw damaged("reaches beyond its end")
        }
        return HDF5.Extent(type: type, shape: shape, offset: offset)
    }
}
