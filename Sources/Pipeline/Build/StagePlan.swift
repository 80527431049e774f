import Datasets
public import Storage

/// What a stage would do, and why; nothing is written to find out.
public struct StagePlan: Sendable {
    /// `extract`, or `encode` with the feature it makes.
    public let name: String

    public let features: [FeaturePlan]

    /// What it works on.
    public var rows = RowKind.clips

    /// Clips or texts that would be worked on, each once.
    public let clips: Int

    /// Bytes that would be written.
    public var bytes: Int { features.map(\.bytes).reduce(0, +) }

    /// Refuses what the stage itself would refuse.
    ///
    /// - Throws: ``StorageError`` of kind `incompatible` if a feature was made by another recipe.
    public func checkRecipes() throws(StorageError) {
        for feature in features where !feature.differences.isEmpty {
            throw StorageError(
                .incompatible, "add to \(feature.path)",
                "its recipe differs: \(feature.differences.joined(separator: "; ")); use another "
                    + "cache, or remove that folder")
        }
    }
}

/// What would become of the clips in one feature.
public struct FeaturePlan: Sendable {
    public let name: String
    public let path: String

    /// What would become of each clip, in the order of the samples.
    public let decisions: [(clip: String, decision: WorkDecision)]

    /// In words, each field of the recipe that is not what it was when there are data already.
    public let differences: [String]

    /// Bytes that would be written.
    public let bytes: Int

    /// Bytes of data in each array, in order.
    public let arrays: [(name: String, bytes: Int)]

    /// Plans a feature from what is in its folder.
    ///
    /// - Parameters:
    ///   - feature: The feature, which need not exist.
    ///   - recipe: By which it would be made.
    ///   - arrays: Its arrays, for one clip.
    ///   - decisions: What would become of the clips.
    ///   - groupSize: Clips of a shard, at most.
    ///   - writes: Which of those that would be made can be expected to give data.
    /// - Throws: ``StorageError`` if the folder cannot be read.
    init(
        _ feature: Feature, _ recipe: Recipe, _ arrays: [ArraySpecification],
        _ decisions: [(clip: String, decision: WorkDecision)],
        groupSize: Int = GroupedWork.groupSize, writes: (String) -> Bool
    ) throws {
        name = feature.name
        path = feature.path
        self.decisions = decisions
        let isUsed = try !feature.shardPaths().isEmpty
        differences =
            try feature.recipe().flatMap {
                isUsed ? recipe.differences(from: $0) : nil
            } ?? []
        let rows = decisions.count { clip, decision in
            if case .make = decision { writes(clip) } else { false }
        }
        // Besides its arrays a row has times, validity, checksums, its id and its source.
        let segments = arrays.first?.shape.first ?? 0
        let row = arrays.map(\.rowSize).reduce(0, +) + 9 * segments + 8 * (arrays.count + 2) + 200
        let shards = (rows + groupSize - 1) / groupSize
        bytes = rows * row + shards * 4096 * (arrays.count + 20)
        self.arrays = arrays.map { ($0.name, rows * $0.rowSize) }
    }

    /// Clips that would be made, by reason.
    public var reasons: [String: Int] {
        decisions.reduce(into: [:]) { counts, item in
            if case .make(let reason) = item.decision { counts[reason.name, default: 0] += 1 }
        }
    }

    /// Clips that would not be made because they failed before, or their input did, by class.
    public var failures: [String: Int] {
        decisions.reduce(into: [:]) { counts, item in
            switch item.decision {
            case .keep(let outcome), .lacksInput(let outcome): counts[outcome, default: 0] += 1
            case .done, .make: break
            }
        }
    }

    public var done: Int { decisions.count { $0.decision == .done } }
}

extension WorkReason {
    /// A short name for scripts.
    public var name: String {
        switch self {
        case .new: "new"
        case .changedSize: "changed-size"
        case .changedContent: "changed-content"
        case .changedInput: "changed-input"
        case .changedSinceFailure: "changed-since-failure"
        case .retried: "retried"
        case .interrupted: "interrupted"
        }
    }

    /// The reason in words.
    public var words: String {
        switch self {
        case .new: "it has no data yet"
        case .changedSize(let from, let to): "its file had \(from) bytes and has \(to)"
        case .changedContent: "its file has other bytes than before"
        case .changedInput: "what it is computed from has changed"
        case .changedSinceFailure(let outcome): "its file has changed since it was \(outcome)"
        case .retried(let outcome): "it was \(outcome) and is tried again"
        case .interrupted: "a run was stopped before it was stored"
        }
    }
}

extension Extraction {
    /// What this extraction would do.
    ///
    /// - Throws: ``StorageError`` if there is a cache that cannot be read, or one of other samples.
    public func plan() throws -> StagePlan { try stagePlan(ExtractionPlan(self, cache: cachePath)) }

    func stagePlan(_ plan: ExtractionPlan) throws -> StagePlan {
        _ = try Cache.existing(at: cachePath, for: dataset)
        let present = Set(dataset.clips.filter { FileStamp($0.path) != nil }.map(\.id))
        let features = try settings.orderedFeatures.map { kind in
            try FeaturePlan(
                Feature(name: kind.rawValue, cache: cachePath), recipe(of: kind),
                settings.arrays(of: kind),
                dataset.clips.map { ($0.id, plan.decisions[kind]?[$0.id] ?? .done) },
                writes: present.contains)
        }
        return StagePlan(name: "extract", features: features, clips: plan.needs.count)
    }
}
