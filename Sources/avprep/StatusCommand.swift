import ArgumentParser
import Storage

/// `avprep status`: what a cache holds, read from its files.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Print how complete each feature of a cache is.",
        discussion: """
            Counts come from the shards and failures.jsonl. Whether clips' files have changed is \
            looked up in the data set's folder, where it still is. Exit status: 0 every clip has all \
            its data, 3 some failed or have gaps, 5 some are missing or stale.
            """)

    @OptionGroup var cache: CacheOptions

    @Option(
        help: ArgumentHelp(
            "The data set's folder (default: that of the latest extraction).", valueName: "folder"))
    var root: String?

    @Flag(help: "Print each clip that is not done, with its state.")
    var clips = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let cache = try Cache(opening: cache.path)
        var root = root
        if root == nil,
            case .string(let folder)? = cache.latestRun(where: { $0["root"] != nil })?["root"],
            FileStamp(folder) != nil
        {
            root = folder
        }
        var outcomes: [Outcome] = []
        for name in cache.featureNames() {
            let status = try FeatureStatus(name, of: cache, root: root)
            outcomes.append(status.outcome)
            output.console.print((clips ? status.clipObjects : []) + [status.object]) {
                status.text(listingClips: clips)
            }
        }
        let (unfinished, foreign) = cache.leftovers()
        for (files, what) in [(unfinished, "unfinished"), (foreign, "foreign")] {
            for file in files {
                output.console.print([
                    ["type": "item", "file": .string(file), "state": .string(what)]
                ]) {
                    "\(file): \(what)\n"
                }
            }
        }
        let outcome = Outcome.worst(outcomes)
        if outcome != .done { throw outcome }
    }
}

extension FeatureStatus {
    /// What training could make of the feature.
    var outcome: Outcome {
        if !stale.isEmpty || clips.contains(where: { $0.state == .missing }) {
            return .incompatibleCache
        }
        return failed.isEmpty && partial.isEmpty ? .done : .someInputsFailed
    }

    func text(listingClips: Bool) -> String {
        func list(_ counts: [String: Int]) -> String {
            guard !counts.isEmpty else { return "" }
            let words = counts.sorted { $0.key < $1.key }.map { "\($1) \($0)" }
            return " (\(words.joined(separator: ", ")))"
        }
        func sum(_ counts: [String: Int]) -> Int { counts.values.reduce(0, +) }
        let missing = count { $0 == .missing }
        let done = count { $0 == .done } + sum(partial)
        var text =
            "\(name): \(done) of \(clips.count) \(rows.rawValue) done, \(sum(partial)) of them "
            + "with gaps\(list(partial)); \(sum(failed)) failed\(list(failed)), \(missing) missing, "
            + "\(sum(stale)) stale\(list(stale))"
        if input == nil, rows == .clips, !sourcesWereChecked, done > 0 {
            text += "; files were not looked at, name their folder with --root"
        }
        if goneSources > 0 { text += "; \(goneSources) files are gone" }
        text += "; recipe \(fingerprint)\n"
        guard listingClips else { return text }
        return text
            + clips.filter { $0.state != .done }.map { "  \($0.clip): \($0.state.words)\n" }
            .joined()
    }

    var object: JSONValue {
        func object(_ counts: [String: Int]) -> JSONValue {
            .object(counts.mapValues { .number(Double($0)) })
        }
        func sum(_ counts: [String: Int]) -> JSONValue {
            .number(Double(counts.values.reduce(0, +)))
        }
        return [
            "type": "item", "feature": .string(name), "fingerprint": .string(fingerprint),
            "rows": .string(rows.rawValue), "clips": .number(Double(clips.count)),
            "done": .number(Double(count { $0 == .done } + partial.values.reduce(0, +))),
            "partial": sum(partial), "partial_by": object(partial), "failed": sum(failed),
            "failed_by": object(failed), "stale": sum(stale), "stale_by": object(stale),
            "missing": .number(Double(count { $0 == .missing })),
            "sources_checked": .bool(sourcesWereChecked),
            "sources_gone": .number(Double(goneSources)),
        ]
    }

    /// An object for each clip that is not done.
    var clipObjects: [JSONValue] {
        clips.filter { $0.state != .done }.map { clip, state in
            [
                "type": "item", "feature": .string(name), "clip": .string(clip),
                "state": .string(state.words),
            ]
        }
    }
}

extension FeatureStatus.State {
    /// The state and its class.
    var words: String {
        switch self {
        case .done: "done"
        case .partial(let outcome): "partial \(outcome)"
        case .failed(let outcome): "failed \(outcome)"
        case .missing: "missing"
        case .stale(let reason): "stale \(reason.rawValue)"
        }
    }
}
