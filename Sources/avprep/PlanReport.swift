import Pipeline
import Storage

/// What a plan says, in words and for scripts.
struct PlanReport {
    let plans: [StagePlan]
    let timings: [Build.Timing?]

    /// Clips that would be worked on at a time.
    let jobs: Int

    let cache: String

    /// Bytes that may still be written; nil if the system does not say.
    let free: Int?

    var bytes: Int { plans.map(\.bytes).reduce(0, +) }

    /// Seconds that a stage would take; nil if that could not be measured.
    private func seconds(_ index: Int) -> Double? {
        timings[index].map { $0.secondsPerClip * Double(plans[index].clips) / Double(jobs) }
    }

    func text(listingClips: Bool) -> String {
        var lines: [String] = []
        for (index, plan) in plans.enumerated() {
            lines.append("\(plan.name): \(plan.clips) \(plan.rows.rawValue)\(time(index))")
            for feature in plan.features {
                lines.append("  \(words(feature))")
                if feature.arrays.count > 1 {
                    lines += feature.arrays.map { "    /\($0.name): \(Self.size($0.bytes))" }
                }
                lines += feature.differences.map { "    recipe: \($0); build refuses that" }
                if listingClips { lines += clipLines(feature) }
            }
        }
        let room = free.map { "; \(Self.size($0)) free at \(cache)" } ?? ""
        lines.append("in all \(Self.size(bytes))\(room)")
        return lines.map { $0 + "\n" }.joined()
    }

    private func time(_ index: Int) -> String {
        guard let timing = timings[index], let seconds = seconds(index) else { return "" }
        let rows = plans[index].rows.rawValue, row = String(rows.dropLast())
        let basis = timing.sample == 1 ? "1 \(row)" : "\(timing.sample) \(rows)"
        return
            ", about \(Console.duration(seconds)) (\(timing.secondsPerClip.formatted(digits: 3)) s a "
            + "\(row), measured on \(basis); \(jobs) at a time)"
    }

    private func words(_ feature: FeaturePlan) -> String {
        let wanted = feature.reasons.values.reduce(0, +)
        var parts = ["\(wanted) to make\(Self.list(feature.reasons))", "\(feature.done) done"]
        let failed = feature.failures.values.reduce(0, +)
        if failed > 0 { parts.append("\(failed) without data\(Self.list(feature.failures))") }
        return "\(feature.name): \(parts.joined(separator: ", ")); \(Self.size(feature.bytes))"
    }

    private func clipLines(_ feature: FeaturePlan) -> [String] {
        feature.decisions.compactMap { clip, decision in
            decision == .done ? nil : "    \(clip): \(Self.words(decision))"
        }
    }

    private static func words(_ decision: WorkDecision) -> String {
        switch decision {
        case .done: "nothing"
        case .make(let reason): "to make, \(reason.words)"
        case .keep(let outcome): "failed before (\(outcome)), not tried again"
        case .lacksInput(let outcome): "has nothing to encode (\(outcome))"
        }
    }

    /// ` (3 new, 1 retried)`, or nothing.
    private static func list(_ counts: [String: Int]) -> String {
        guard !counts.isEmpty else { return "" }
        let words = counts.sorted { $0.key < $1.key }.map { "\($1) \($0)" }
        return " (\(words.joined(separator: ", ")))"
    }

    /// Bytes in both units that are in use.
    static func size(_ bytes: Int) -> String {
        let number = Double(bytes)
        return "\((number / 1e9).formatted(digits: 3)) GB "
            + "(\((number / 1_073_741_824).formatted(digits: 3)) GiB)"
    }

    var json: [JSONValue] {
        var objects: [JSONValue] = []
        for (index, plan) in plans.enumerated() {
            for feature in plan.features {
                objects += feature.decisions.map { Self.json(feature.name, $0, $1) }
                objects.append(json(feature, stage: plan.name))
            }
            var stage: [String: JSONValue] = [
                "type": "item", "stage": .string(plan.name), "clips": .number(Double(plan.clips)),
                "bytes": .number(Double(plan.bytes)),
            ]
            if let timing = timings[index], let seconds = seconds(index) {
                stage["seconds"] = .number(seconds)
                stage["seconds_per_clip"] = .number(timing.secondsPerClip)
                stage["sample"] = .number(Double(timing.sample))
            }
            objects.append(.object(stage))
        }
        var summary: [String: JSONValue] = [
            "type": "summary", "command": "plan", "bytes": .number(Double(bytes)),
            "jobs": .number(Double(jobs)),
        ]
        summary["free"] = free.map { .number(Double($0)) }
        return objects + [.object(summary)]
    }

    private func json(_ feature: FeaturePlan, stage: String) -> JSONValue {
        func object(_ counts: [String: Int]) -> JSONValue {
            .object(counts.mapValues { .number(Double($0)) })
        }
        return [
            "type": "item", "stage": .string(stage), "feature": .string(feature.name),
            "make": object(feature.reasons), "done": .number(Double(feature.done)),
            "failed": object(feature.failures), "bytes": .number(Double(feature.bytes)),
            "arrays": .array(
                feature.arrays.map {
                    ["name": .string($0.name), "bytes": .number(Double($0.bytes))]
                }),
            "differences": .array(feature.differences.map { .string($0) }),
        ]
    }

    private static func json(
        _ feature: String, _ clip: String, _ decision: WorkDecision
    ) -> JSONValue {
        var fields: [String: JSONValue] = [
            "type": "item", "feature": .string(feature), "clip": .string(clip),
        ]
        switch decision {
        case .done: fields["action"] = "none"
        case .make(let reason):
            fields["action"] = "make"
            fields["reason"] = .string(reason.name)
        case .keep(let outcome):
            fields["action"] = "keep"
            fields["reason"] = .string(outcome)
        case .lacksInput(let outcome):
            fields["action"] = "lacks-input"
            fields["reason"] = .string(outcome)
        }
        return .object(fields)
    }
}
