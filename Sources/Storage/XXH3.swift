import CXXHash
import Foundation

/// The XXH3 family of hashes: fast, and good enough to find damage and change, not to stop forgers.
///
/// Source: Yann Collet, <https://github.com/Cyan4973/xxHash>.
public enum XXH3 {
    /// Hash of some bytes.
    public static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { hash($0) }
    }

    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        XXH3_64bits(bytes.baseAddress, bytes.count)
    }

    /// The wide hash of a text, as 32 hexadecimal digits.
    public static func digest(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let hash = XXH3_128bits(bytes, bytes.count)
        return hexadecimal(hash.high64) + hexadecimal(hash.low64)
    }

    /// Hash of a file's bytes.
    public static func hash(fileAt path: String) throws(StorageError) -> UInt64 {
        let file = try Descriptor(path, O_RDONLY)
        return try hash(of: [0..<file.size()], in: file)
    }

    /// Hash of some ranges of a file's bytes, one after the other, read in pieces.
    static func hash(
        of ranges: [Range<Int>], in file: borrowing Descriptor
    ) throws(StorageError) -> UInt64 {
        guard let state = XXH3_createState() else {
            throw StorageError(.failed, "hash \(file.path)", "out of memory")
        }
        defer { XXH3_freeState(state) }
        XXH3_64bits_reset(state)
        let piece = 1 << 20
        for range in ranges {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: piece) {
                let bytes = try file.read(min(piece, range.upperBound - start), at: start)
                XXH3_64bits_update(state, bytes, bytes.count)
            }
        }
        return XXH3_64bits_digest(state)
    }

    /// Sixteen hexadecimal digits.
    public static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
