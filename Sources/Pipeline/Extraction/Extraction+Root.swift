import Media
import Storage

extension Extraction {
    /// What is recorded of a file: its path below the data set's folder, wherever that is.
    ///
    /// Otherwise a data set that is moved, or called by another path, would give other bytes.
    func recorded(_ source: SourceStamp) -> SourceStamp {
        SourceStamp(
            path: withoutRoot(source.path), size: source.size, modified: source.modified,
            hash: source.hash)
    }

    func recorded(_ failure: ClipFailure) -> ClipFailure {
        ClipFailure(
            clip: failure.clip, outcome: failure.outcome, message: withoutRoot(failure.message),
            isPartial: failure.isPartial, size: failure.size, modified: failure.modified)
    }

    private func withoutRoot(_ text: String) -> String {
        configuration.root.map { text.replacing("\($0)/", with: "") } ?? text
    }
}
