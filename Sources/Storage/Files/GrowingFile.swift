public import Foundation

/// A file that others read while it is added to.
///
/// Each addition is flushed. One that fails leaves perhaps a part of itself, which the next overwrites.
public struct GrowingFile: ~Copyable {
    private let file: Descriptor
    private var end: Int

    /// Puts a file of these bytes in the place of any other, and opens it.
    public init(replacing path: String, with bytes: Data) throws(StorageError) {
        try AtomicFile.write(bytes, to: path)
        file = try Descriptor(path, O_WRONLY)
        end = bytes.count
    }

    public mutating func append(_ bytes: Data) throws(StorageError) {
        try file.write(bytes, at: end)
        try file.synchronise()
        end += bytes.count
    }
}
