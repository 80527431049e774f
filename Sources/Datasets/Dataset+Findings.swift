extension AnnotationFinding {
    /// Clips whose samples are in several splits.
    static func splitOverlap(of samples: [Sample]) -> [AnnotationFinding] {
        var splits: [String: String] = [:], shared: Set<String> = []
        for sample in samples {
            guard let split = sample.split else { continue }
            if splits.updateValue(split, forKey: sample.clip) ?? split != split {
                shared.insert(sample.clip)
            }
        }
        guard let first = shared.min() else { return [] }
        return [
            AnnotationFinding(
                kind: "split-overlap", count: shared.count,
                message: "\(shared.count) clips are in several splits, such as \(first)")
        ]
    }

    /// Splits that are there with another number of samples than the official edition has.
    static func unexpectedCounts(
        of samples: [Sample], expected: [String: Int]
    ) -> [AnnotationFinding] {
        var counts: [String: Int] = [:]
        for sample in samples { counts[sample.split ?? "", default: 0] += 1 }
        return expected.sorted { $0.key < $1.key }.compactMap { split, expected in
            guard let found = counts[split], found != expected else { return nil }
            return AnnotationFinding(
                kind: "unexpected-count", count: found,
                message: "split \(split) has \(found) samples; the official edition has \(expected)"
            )
        }
    }

    /// Files of the layout that were looked for and are not there.
    static func missing(
        _ kind: String, _ names: [String], root: String
    ) -> [AnnotationFinding] {
        guard !names.isEmpty else { return [] }
        return [
            AnnotationFinding(
                kind: kind, count: names.count,
                message: "no \(names.joined(separator: ", ")) below \(root)")
        ]
    }
}
