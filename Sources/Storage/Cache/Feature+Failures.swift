import Foundation

extension Feature {
    /// The clips that have no data, or not all.
    public func failures() throws(StorageError) -> [ClipFailure] {
        let file = companion("failures.jsonl")
        guard FileManager.default.fileExists(atPath: file) else { return [] }
        return try JSONLines.readSealed(file, as: ClipFailure.self)
    }

    /// Replaces what is known about some clips.
    ///
    /// The order of the file is that of `clips`, whatever order work was done in.
    ///
    /// - Parameters:
    ///   - outcomes: The new failure of each clip that was tried, or nil if it has all its data now.
    ///   - clips: All clips of the cache in order.
    /// - Throws: ``StorageError`` if the file cannot be read or replaced.
    public func record(
        _ outcomes: [String: ClipFailure?], order clips: [String]
    ) throws(StorageError) {
        try AtomicFile.withLockedFolder(path) { () throws(StorageError) in
            let old = try failures()
            var known: [String: ClipFailure] = [:]
            for failure in old { known[failure.clip] = failure }
            for (clip, failure) in outcomes { known[clip] = failure }
            let new = clips.compactMap { known[$0] }
            guard new != old else { return }
            try AtomicFile.write(JSONLines.seal(new), to: companion("failures.jsonl"))
        }
    }
}
