import Storage

/// Which clips are to be encoded, and why.
struct EncodingPlan: Sendable {
    /// All clips of the cache, in order.
    let clips: [String]

    let decisions: [String: WorkDecision]

    /// Clips that need nothing, and clips that have nothing to encode.
    var done: Int { decisions.values.count { $0 == .done } }
    var absent: Int {
        decisions.values.count { if case .lacksInput = $0 { true } else { false } }
    }

    func needsWork(_ clip: String) -> Bool {
        if case .make = decisions[clip] { true } else { false }
    }

    /// Plans.
    ///
    /// - Parameters:
    ///   - clips: All clips of the cache, in order.
    ///   - input: What is there to encode; nil if nothing is.
    ///   - index: What is encoded.
    ///   - upstream: What is to become of the input before, where that is known.
    /// - Throws: ``StorageError`` if the input cannot be read.
    init(
        clips: [String], input: EncodingInput?, done index: FeatureIndex,
        upstream: [String: WorkDecision] = [:]
    ) throws {
        var failures: [String: String] = [:]
        for (_, failure) in try input?.failures(of: clips) ?? [] {
            failures[failure.clip] = failure.outcome
        }
        var decisions: [String: WorkDecision] = [:]
        for clip in clips {
            let old = index.sourceChecksum(of: clip)
            switch upstream[clip] {
            case .make: decisions[clip] = .make(old == nil ? .new : .changedInput)
            case .keep(let outcome), .lacksInput(let outcome):
                decisions[clip] = .lacksInput(outcome)
            case .done, nil:
                guard let input, input.contains(clip) else {
                    decisions[clip] = .lacksInput(failures[clip] ?? "missing")
                    continue
                }
                let isSame = try old == input.checksum(of: clip)
                decisions[clip] = old == nil ? .make(.new) : isSame ? .done : .make(.changedInput)
            }
        }
        self.clips = clips
        self.decisions = decisions
    }
}
