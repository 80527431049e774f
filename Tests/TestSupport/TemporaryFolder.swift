import Foundation

/// A folder of a test's own, removed when the test's suite goes out of scope.
public struct TemporaryFolder: ~Copyable {
    public let path: String

    public init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "avprep-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// A folder with copies of the files of another.
    public init(copying original: String) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "avprep-\(UUID())").path()
        try FileManager.default.copyItem(atPath: original, toPath: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Names of the files and folders in it, and in those.
    public func contents() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    }
}
