import Datasets
import Foundation
import Media
import Storage

/// Which features of which clips are to be made, why, and nothing that is there already.
struct ExtractionPlan: Sendable {
    /// What is to become of a clip in each feature.
    let decisions: [ExtractedFeature: [String: WorkDecision]]

    /// By clip, the features it lacks.
    let needs: [String: Set<ExtractedFeature>]

    /// Files that were found to have kept their bytes under a new time of change.
    let touched: [SourceStamp]

    init(_ extraction: Extraction, _ store: ExtractionStore) throws {
        try self.init(extraction, cache: extraction.cachePath)
    }

    /// Plans from what a folder holds, which need not exist; nothing is written.
    init(_ extraction: Extraction, cache: String) throws {
        var decisions: [ExtractedFeature: [String: WorkDecision]] = [:]
        var needs: [String: Set<ExtractedFeature>] = [:]
        var states: [SourceStamp: SourceState] = [:]
        let known = (try? Cache(opening: cache))?.touchedSources() ?? [:]
        for kind in extraction.settings.orderedFeatures {
            let feature = Feature(name: kind.rawValue, cache: cache), index = try feature.index()
            let failures = Dictionary(try feature.failures().map { ($0.clip, $0) }) { $1 }
            for clip in extraction.dataset.clips {
                let source = index.source(of: clip.id), failure = failures[clip.id]
                if let source, states[source] == nil {
                    states[source] = source.state(ofFileAt: clip.path, touched: known[source.path])
                }
                let decision = WorkDecision(
                    source.flatMap { states[$0] }, failure, file: FileStamp(clip.path),
                    isRetried: { extraction.configuration.retries($0) })
                decisions[kind, default: [:]][clip.id] = decision
                if case .make = decision { needs[clip.id, default: []].insert(kind) }
            }
        }
        self.decisions = decisions
        self.needs = needs
        touched = states.values.compactMap {
            if case .touched(let stamp) = $0 { stamp } else { nil }
        }
    }
}

/// What is to become of a clip in a feature.
public enum WorkDecision: Sendable, Equatable {
    /// Its data are there.
    case done

    /// Its data are to be made, for that reason.
    case make(WorkReason)

    /// It failed before in that way, and is not tried again.
    case keep(String)

    /// It cannot be made, because its input failed in that way.
    case lacksInput(String)
}

/// Why the data of a clip are to be made.
public enum WorkReason: Sendable, Equatable {
    case new
    case changedSize(from: UInt64, to: UInt64)
    case changedContent

    /// What it is computed from has changed, or is about to.
    case changedInput

    /// It failed in that way before, and its file has changed since.
    case changedSinceFailure(String)

    /// It failed in that way before, and is tried again.
    case retried(String)

    /// A run was killed before it had published the clip.
    case interrupted
}

extension WorkDecision {
    /// Decides about a clip that is read from a file.
    ///
    /// - Parameters:
    ///   - source: What has become of the file since its data were made; nil if there are none.
    ///   - failure: How it failed before.
    ///   - file: The file now.
    ///   - isRetried: Whether failures of a class are tried again.
    init(
        _ source: SourceState?, _ failure: ClipFailure?, file: FileStamp?,
        isRetried: (String) -> Bool
    ) {
        // Data of a file that has changed, and has failed as it is now, are not made in each run.
        let isSameFile = failure?.size == file?.size && failure?.modified == file?.modified
        if let failure, isRetried(failure.outcome) {
            self = .make(.retried(failure.outcome))
        } else if let failure, !failure.isPartial || source == nil {
            if failure.isPartial {
                self = .make(.interrupted)
            } else if !isSameFile {
                self = .make(.changedSinceFailure(failure.outcome))
            } else if failure.outcome == MediaError.Kind.timeout.rawValue {
                // A machine that was too busy may be free now.
                self = .make(.retried(failure.outcome))
            } else {
                self = .keep(failure.outcome)
            }
        } else {
            switch source {
            case nil: self = .make(.new)
            case .unchanged, .touched, .gone: self = .done
            case .changedSize(let from, let to): self = .make(.changedSize(from: from, to: to))
            case .changedContent: self = .make(.changedContent)
            }
        }
    }
}
