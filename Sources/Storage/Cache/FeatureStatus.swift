/// How complete a feature of a cache is, clip by clip, as its files have it.
public struct FeatureStatus: Sendable {
    public enum State: Sendable, Equatable {
        case done

        /// Done, with gaps; the class says why.
        case partial(String)

        /// The feature, or what it is computed from, failed in that way.
        case failed(String)

        case missing

        /// There are data, of what is no longer there.
        case stale(Staleness)
    }

    /// What a clip's data no longer agree with.
    public enum Staleness: String, Sendable, CaseIterable {
        case sourceSize = "source-size"
        case sourceContent = "source-content"

        /// Data of the feature that it was computed from.
        case input
    }

    public let name: String
    public let fingerprint: String

    /// Name of the feature that it is computed from; nil for one of media files.
    public let input: String?

    /// What its rows are.
    public let rows: RowKind

    /// The state of each clip or text, in the order of the samples.
    public let clips: [(clip: String, state: State)]

    /// Whether the files that clips were read from have been looked at.
    public let sourcesWereChecked: Bool

    /// Files that were read from and are gone, which makes nothing stale.
    public let goneSources: Int

    /// Looks at a feature.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - cache: The cache that has it.
    ///   - root: The data set's folder; nil to leave sources alone.
    /// - Throws: ``StorageError`` if the feature's files cannot be trusted.
    public init(_ name: String, of cache: Cache, root: String?) throws(StorageError) {
        let feature = cache.feature(name), recipe = try feature.recipe()
        self.name = name
        fingerprint = recipe?.fingerprint ?? ""
        let index = try feature.index(), failures = try Self.failures(of: feature)
        let input = recipe.flatMap(Self.input)
        self.input = input?.name
        rows = RowKind(of: recipe)
        let source = try input.map { name, fingerprint throws(StorageError) in
            try Input(cache.feature(name), fingerprint: fingerprint)
        }
        let touched = root == nil ? [:] : cache.touchedSources()
        var clips: [(clip: String, state: State)] = []
        var gone = 0, isChecked = false
        for clip in try cache.keys(of: rows) {
            var state: State = index.contains(clip) ? .done : .missing
            if let failure = failures[clip] ?? source?.failures[clip] {
                state =
                    failure.isPartial && index.contains(clip)
                    ? .partial(failure.outcome)
                    : failure.isPartial ? .missing : .failed(failure.outcome)
            }
            if let root, let stamp = index.source(of: clip) {
                isChecked = true
                let found = stamp.state(
                    ofFileAt: stamp.path(below: root), touched: touched[stamp.path])
                if found == .gone { gone += 1 }
                // A file that changed and then failed is known to have failed.
                if case .failed = state {} else { state = Self.staleness(found) ?? state }
            }
            if index.contains(clip), try source?.differs(from: index, clip) == true {
                if case .failed = state {} else { state = .stale(.input) }
            }
            clips.append((clip, state))
        }
        self.clips = clips
        goneSources = gone
        sourcesWereChecked = isChecked
    }

    /// Number of clips in each class of a kind of state.
    public func count(_ isWanted: (State) -> Bool) -> Int { clips.count { isWanted($0.state) } }

    /// Clips without data, by class.
    public var failed: [String: Int] {
        clips.reduce(into: [:]) {
            if case .failed(let kind) = $1.state { $0[kind, default: 0] += 1 }
        }
    }

    /// Clips with gaps, by class.
    public var partial: [String: Int] {
        clips.reduce(into: [:]) {
            if case .partial(let kind) = $1.state { $0[kind, default: 0] += 1 }
        }
    }

    /// Clips whose data are of what is no longer there, by what has changed.
    public var stale: [String: Int] {
        clips.reduce(into: [:]) {
            if case .stale(let reason) = $1.state { $0[reason.rawValue, default: 0] += 1 }
        }
    }

    private static func staleness(_ source: SourceState) -> State? {
        switch source {
        case .changedSize: .stale(.sourceSize)
        case .changedContent: .stale(.sourceContent)
        case .unchanged, .touched, .gone: nil
        }
    }

    private static func failures(
        of feature: Feature
    ) throws(StorageError) -> [String: ClipFailure] {
        Dictionary(try feature.failures().map { ($0.clip, $0) }) { $1 }
    }

    /// The feature that a recipe reads, and the fingerprint it had then.
    private static func input(of recipe: Recipe) -> (name: String, fingerprint: String)? {
        guard case .object(let input)? = recipe["input"],
            case .string(let name)? = input["feature"],
            case .string(let fingerprint)? = input["fingerprint"]
        else { return nil }
        return (name, fingerprint)
    }

    /// The feature that another is computed from.
    private struct Input {
        let failures: [String: ClipFailure]
        private let index: FeatureIndex
        private let isSameRecipe: Bool

        init(_ feature: Feature, fingerprint: String) throws(StorageError) {
            index = try feature.index()
            failures = try FeatureStatus.failures(of: feature)
            isSameRecipe = try feature.recipe()?.fingerprint == fingerprint
        }

        /// Whether a clip's data were computed from others than there are now.
        func differs(from computed: FeatureIndex, _ clip: String) throws(StorageError) -> Bool {
            guard isSameRecipe else { return true }
            guard let place = index.place(of: clip),
                let checksum = computed.sourceChecksum(of: clip)
            else { return false }
            return try !place.shard.checksums(row: place.row).values.contains(checksum)
        }
    }
}

extension SourceStamp {
    /// Where the file is, if the data set lies in `root`.
    public func path(below root: String) -> String {
        path.hasPrefix("/") ? path : "\(root)/\(path)"
    }
}
