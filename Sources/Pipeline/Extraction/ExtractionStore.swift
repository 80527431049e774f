import Datasets
import Media
import Storage
import Synchronization

/// The two features of a cache that extraction fills.
final class ExtractionStore: Sendable {
    private let frames: Feature
    private let logMel: Feature
    private let extraction: Extraction
    private let records = Mutex<[ExtractedFeature: Record]>([:])

    /// What became of clips, as far as it differs from what the disk says.
    private struct Record {
        /// Clips that the disk says have failed.
        var known: Set<String>

        var pending: [String: ClipFailure?] = [:]
    }

    /// Clips without any data after whose failure the list is written anew; it may be long.
    private static let longestWait = 1_000

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
            let known = Set(try self[feature].failures().map(\.clip))
            records.withLock { $0[feature] = Record(known: known) }
        }
    }

    /// Publishes a group's failures and then its data, and returns how many bytes of data there are.
    ///
    /// A clip in a shard is done and is never looked at again, so what it lacks is on record before. The failure of
    /// a clip without data may wait for others, see ``recordFailures(order:)``.
    func publish(
        _ group: GroupedWork.Group, _ outcomes: [ClipOutcome], order: [String]
    ) throws -> Int {
        var bytes = 0
        for feature in extraction.settings.orderedFeatures {
            let isUrgent = records.withLock { records in
                note(outcomes.filter { $0.tried.contains(feature) }, feature, &records)
            }
            if isUrgent { try recordFailures(of: feature, order: order) }

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

    /// Notes what became of clips, and says whether it must be on record before their data are.
    private func note(
        _ outcomes: [ClipOutcome], _ feature: ExtractedFeature,
        _ records: inout [ExtractedFeature: Record]
    ) -> Bool {
        var isUrgent = false
        for outcome in outcomes {
            let failure = outcome.failures[feature].map {
                extraction.recorded($0, of: outcome.path)
            }
            guard failure != nil || records[feature]?.known.contains(outcome.clip) == true else {
                continue
            }
            records[feature]?.pending[outcome.clip] = .some(failure)
            if outcome.rows[feature] != nil { isUrgent = true }
        }
        return isUrgent || records[feature]?.pending.count ?? 0 >= Self.longestWait
    }

    /// Writes down all failures that are not on the disk yet.
    func recordFailures(order: [String]) throws {
        for feature in extraction.settings.orderedFeatures {
            try recordFailures(of: feature, order: order)
        }
    }

    private func recordFailures(of feature: ExtractedFeature, order: [String]) throws {
        // Other threads wait: what they noted is on the disk as well when this is done.
        try records.withLock { records in
            guard let pending = records[feature]?.pending, !pending.isEmpty else { return }
            try self[feature].record(pending, order: order)
            records[feature]?.pending = [:]
            records[feature]?.known.formUnion(pending.keys)
        }
    }

    func failures() throws -> [(feature: String, failure: ClipFailure)] {
        try extraction.settings.orderedFeatures.flatMap { feature in
            try self[feature].failures().map { (feature.rawValue, $0) }
        }
    }
}
