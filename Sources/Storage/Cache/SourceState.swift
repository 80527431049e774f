/// What has become of a file since a clip was read from it.
public enum SourceState: Sendable, Equatable {
    case unchanged

    /// There is no such file now, which takes nothing from what was read.
    case gone

    /// A new time of change and the same bytes.
    case touched(SourceStamp)

    case changedSize(from: UInt64, to: UInt64)

    /// As many bytes, but others.
    case changedContent

    /// Whether the clip is to be read again.
    public var isStale: Bool {
        switch self {
        case .unchanged, .gone, .touched: false
        case .changedSize, .changedContent: true
        }
    }
}

extension SourceStamp {
    /// Compares a file with what was read.
    ///
    /// Its bytes are compared only where its time of change is new, and not known from `touched`. A
    /// file that cannot be read counts as another: decoding it tells why.
    ///
    /// - Parameters:
    ///   - path: Where the file is now.
    ///   - touched: The file as it was found to be unchanged before, if it was.
    /// - Returns: What has become of it.
    public func state(ofFileAt path: String, touched: SourceStamp? = nil) -> SourceState {
        guard let file = FileStamp(path) else { return .gone }
        guard file.size == size else { return .changedSize(from: size, to: file.size) }
        if file.modified == modified { return .unchanged }
        if let touched, touched.hash == hash, touched.size == size,
            touched.modified == file.modified
        {
            return .unchanged
        }
        guard let found = try? XXH3.hash(fileAt: path), found == hash else {
            return .changedContent
        }
        return .touched(
            SourceStamp(path: self.path, size: size, modified: file.modified, hash: hash))
    }
}
