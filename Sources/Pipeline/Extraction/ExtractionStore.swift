import Datasets
import Media
import Storage
import Synchronization

/// The two features of a cache that extraction fills.
struct ExtractionStore: Sendable {
    private let frames: Feature
    private let logMel: Feature
    private let extraction: Extraction

    init(frames: Feature, logMel: Feature, extraction: Extraction) {
        self.frames = frames
        self.logMel = logMel
        self.extraction = extraction
    }

    subscript(_ feature: ExtractedFeature) -> Feature {
        switch feature {
        case .frames: frames
        case .logMel: logMel
        }
    }

    /// Outcomes of a group's clips, collected until all are there.
    final class Group: Sendable {
        private let outcomes = Mutex<[Int: ClipOutcome]>([:])

        func add(_ outcome: ClipOutcome, at row: Int) { outcomes.withLock { $0[row] = outcome } }

        /// The outcomes in the order of their rows, which are then forgotten.
        func takeAll() -> [ClipOutcome] {
            outcomes.withLock { outcomes in
                defer { outcomes = [:] }
                return outcomes.sorted { $0.key < $1.key }.map(\.value)
            }
        }
    }

    /// Creates the features, or checks that they were made by the same recipes.
    func prepare(removingUnfinished: Bool) throws {
        for feature in extraction.settings.orderedFeatures {
            try self[feature].prepare(extraction.recipe(of: feature))
            if removingUnfinished { self[feature].removeUnfinishedShards() }
        }
    }

    /// Publishes a group's failures and then its data, and returns how many bytes of data there are.
    ///
    /// A clip in a shard is done and is never looked at again, so what it lacks is on record before.
    func publish(
        _ group: GroupedWork.Group, _ outcomes: [ClipOutcome], order: [String]
    ) throws -> Int {
        var bytes = 0
        for feature in extraction.settings.orderedFeatures {
            var failures: [String: ClipFailure?] = [:]
            for outcome in outcomes where outcome.tried.contains(feature) {
                failures[outcome.clip] = .some(outcome.failures[feature].map(extraction.recorded))
            }
            try self[feature].record(failures, order: order)

            let rows = outcomes.compactMap { outcome in
                outcome.rows[feature].flatMap { row in outcome.source.map { (outcome, row, $0) } }
            }
            if !rows.isEmpty {
                let writer = try ShardWriter(
                    path: self[feature].nextShardPath(group: group.number),
                    clips: rows.map(\.0.clip), segments: extraction.settings.count(of: feature),
                    arrays: extraction.settings.arrays(of: feature),
                    provenance: .files(rows.map { extraction.recorded($0.2) }),
                    recipe: extraction.recipe(of: feature))
                for (index, row) in rows.enumerated() {
                    try writer.write(row.1, at: index)
                    bytes += row.1.arrays.map(\.count).reduce(0, +)
                }
                try writer.finish()
            }
        }
        return bytes
    }

    func failures() throws -> [(feature: String, failure: ClipFailure)] {
        try extraction.settings.orderedFeatures.flatMap { feature in
            try self[feature].failures().map { (feature.rawValue, $0) }
        }
    }
}
