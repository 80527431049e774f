import Media
import Storage

/// What became of one clip.
struct ClipOutcome: Sendable {
    let clip: String

    /// Path of its file.
    let path: String

    /// The file as it was read; nil if there was nothing to read.
    var source: SourceStamp?

    /// Data of each feature that was wanted and could be had.
    var rows: [ExtractedFeature: ShardRow] = [:]

    /// Features that were wanted and are absent, or not complete.
    var failures: [ExtractedFeature: ClipFailure] = [:]

    var warnings: [String] = []

    /// The process that decoded it takes no further clip.
    var isLastOfWorker = false

    /// Features that were tried.
    let tried: Set<ExtractedFeature>

    /// Each failure once, with the features that have it.
    var distinctFailures: [(failure: ClipFailure, features: [ExtractedFeature])] {
        var distinct: [(failure: ClipFailure, features: [ExtractedFeature])] = []
        for feature in ExtractedFeature.allCases {
            guard let failure = failures[feature] else { continue }
            if let same = distinct.firstIndex(where: { $0.failure == failure }) {
                distinct[same].features.append(feature)
            } else {
                distinct.append((failure, [feature]))
            }
        }
        return distinct
    }

    /// Notes that nothing could be had of the clip.
    mutating func fail(_ kind: MediaError.Kind, _ message: String, _ stamp: FileStamp?) {
        rows = [:]
        for feature in tried {
            failures[feature] = ClipFailure(
                clip: clip, outcome: kind.rawValue, message: message, isPartial: false,
                size: stamp?.size, modified: stamp?.modified)
        }
    }
}
