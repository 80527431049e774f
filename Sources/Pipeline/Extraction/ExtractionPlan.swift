import Datasets
import Foundation
import Media
import Storage

/// Which features of which clips are to be made, and nothing that is there already.
struct ExtractionPlan: Sendable {
    /// By clip, the features it lacks.
    let needs: [String: Set<ExtractedFeature>]

    init(_ extraction: Extraction, _ store: ExtractionStore) throws {
        var needs: [String: Set<ExtractedFeature>] = [:]
        let retriesFailed = extraction.configuration.retriesFailed
        for feature in extraction.settings.orderedFeatures {
            let index = try store[feature].index()
            var failures: [String: ClipFailure] = [:]
            for failure in try store[feature].failures() { failures[failure.clip] = failure }
            for clip in extraction.dataset.clips {
                let file = FileStamp(clip.path)
                let isDone: Bool
                if let source = index.source(of: clip.id) {
                    let isUnchanged = file?.isUnchanged(from: source, path: clip.path) ?? true
                    isDone = isUnchanged && !(retriesFailed && failures[clip.id] != nil)
                } else if let failure = failures[clip.id], !retriesFailed {
                    // A partial failure without a row is that of a run which was killed.
                    // A machine that was too busy may be free now.
                    isDone =
                        !failure.isPartial && failure.outcome != MediaError.Kind.timeout.rawValue
                        && failure.size == file?.size
                        && failure.modified == file?.modified
                } else {
                    isDone = false
                }
                if !isDone { needs[clip.id, default: []].insert(feature) }
            }
        }
        self.needs = needs
    }
}

/// Size and time of change of a file.
struct FileStamp: Sendable, Equatable {
    let size: UInt64
    let modified: Int64

    /// Looks at a file; nil if there is none.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        size = UInt64(status.st_size)
        // Only compared: a file dated after 2262 may wrap around.
        modified =
            (Int64(status.st_mtim.tv_sec) &* 1_000_000_000) &+ Int64(status.st_mtim.tv_nsec)
    }

    /// Whether a file is still the one that was read: a new time alone does not make it another.
    ///
    /// A file that cannot be read is another: decoding it tells why.
    func isUnchanged(from source: SourceStamp, path: String) -> Bool {
        guard size == source.size else { return false }
        return modified == source.modified || (try? XXH3.hash(fileAt: path)) == source.hash
    }
}
