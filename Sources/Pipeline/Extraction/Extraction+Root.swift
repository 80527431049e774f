import Media
import Storage

extension Extraction {
    /// What is recorded of a file: its path below the data set's folder, wherever that is.
    ///
    /// Otherwise a data set that is moved, or called by another path, would give other bytes.
    func recorded(_ source: SourceStamp) -> SourceStamp {
        SourceStamp(
            path: belowRoot(source.path), size: source.size, modified: source.modified,
            hash: source.hash)
    }

    /// What is recorded of a failure of the clip in the file at `path`.
    func recorded(_ failure: ClipFailure, of path: String) -> ClipFailure {
        ClipFailure(
            clip: failure.clip, outcome: failure.outcome,
            message: failure.message.replacing(path, with: belowRoot(path)),
            isPartial: failure.isPartial, size: failure.size, modified: failure.modified)
    }

    private func belowRoot(_ path: String) -> String {
        guard let root = configuration.root, path.hasPrefix("\(root)/") else { return path }
        return String(path.dropFirst(root.count + 1))
    }
}
