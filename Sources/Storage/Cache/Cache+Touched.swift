import Foundation

/// `touched.jsonl`: media files that got a new time of change and kept their bytes.
///
/// With it such a file is hashed once and not in each run. It holds nothing that a hash would not
/// tell again, so it may be removed, and does not count among a cache's data.
extension Cache {
    private var touchedFile: String { "\(path)/touched.jsonl" }

    /// Files that were found to be unchanged, by recorded path.
    public func touchedSources() -> [String: SourceStamp] {
        guard FileManager.default.fileExists(atPath: touchedFile) else { return [:] }
        let sources = (try? JSONLines.readSealed(touchedFile, as: SourceStamp.self)) ?? []
        return Dictionary(sources.map { ($0.path, $0) }) { $1 }
    }

    /// Adds files that have been found to be unchanged.
    public func record(touched sources: [SourceStamp]) throws(StorageError) {
        guard !sources.isEmpty else { return }
        try AtomicFile.withLockedFolder(path) { () throws(StorageError) in
            var known = touchedSources()
            for source in sources { known[source.path] = source }
            try AtomicFile.write(
                JSONLines.seal(known.values.sorted { $0.path < $1.path }), to: touchedFile)
        }
    }
}
