import Storage

/// Which clips or texts are to be encoded, and why.
struct EncodingPlan: Sendable {
    /// Names of all rows, in order.
    let keys: [String]

    let decisions: [String: WorkDecision]

    /// Rows that need nothing, and rows that have nothing to encode.
    var done: Int { decisions.values.count { $0 == .done } }
    var absent: Int {
        decisions.values.count { if case .lacksInput = $0 { true } else { false } }
    }

    func needsWork(_ key: String) -> Bool {
        if case .make = decisions[key] { true } else { false }
    }

    /// Plans.
    ///
    /// - Parameters:
    ///   - keys: Names of all rows, in order.
    ///   - source: What is there to encode; nil if nothing is.
    ///   - index: What is encoded.
    ///   - upstream: What is to become of the input before, where that is known.
    /// - Throws: ``StorageError`` if the input cannot be read.
    init(
        keys: [String], source: (any EncodingSource)?, done index: FeatureIndex,
        upstream: [String: WorkDecision] = [:]
    ) throws {
        var failures: [String: String] = [:]
        for (_, failure) in try source?.failures(of: keys) ?? [] {
            failures[failure.clip] = failure.outcome
        }
        var decisions: [String: WorkDecision] = [:]
        for key in keys {
            let old = index.sourceChecksum(of: key)
            switch upstream[key] {
            case .make: decisions[key] = .make(old == nil ? .new : .changedInput)
            case .keep(let outcome), .lacksInput(let outcome):
                decisions[key] = .lacksInput(outcome)
            case .done, nil:
                guard let source, source.contains(key) else {
                    decisions[key] = .lacksInput(failures[key] ?? "missing")
                    continue
                }
                let isSame = try old == source.checksum(of: key)
                decisions[key] = old == nil ? .make(.new) : isSame ? .done : .make(.changedInput)
            }
        }
        self.keys = keys
        self.decisions = decisions
    }
}
