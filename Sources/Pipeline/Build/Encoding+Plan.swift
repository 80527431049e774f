import Datasets
import Storage

extension Encoding {
    /// What this encoding would do, after an extraction that may not have been made.
    func plan(
        of dataset: Dataset, after extraction: Extraction, _ upstream: ExtractionPlan
    ) throws -> StagePlan {
        let cache = try Cache.existing(at: cachePath, for: dataset)
        let feature = Feature(name: featureName, cache: cachePath)
        let source: (any EncodingSource)?, shape: EncodingShape, keys: [String]
        if rows == .texts {
            let texts = try texts(of: dataset.samples)
            (source, shape, keys) = (texts, texts.shape, texts.keys)
        } else {
            shape = try self.shape(after: extraction)
            source = try existingSource(in: cache)
            keys = dataset.clips.map(\.id)
        }
        try check(shape)
        let plan = try EncodingPlan(
            keys: keys, source: source, done: feature.index(),
            upstream: configuration.stream.extracted.flatMap { upstream.decisions[$0] } ?? [:])
        let present = Set(dataset.clips.filter { FileStamp($0.path) != nil }.map(\.id))
        let features = try FeaturePlan(
            feature, recipe(of: shape), StateEncoder(self, shape).arrays,
            keys.map { ($0, plan.decisions[$0] ?? .done) }, groupSize: groupSize,
            writes: { present.contains($0) || source?.contains($0) == true })
        return StagePlan(
            name: "encode \(featureName)", features: [features], rows: rows,
            clips: keys.count(where: plan.needsWork))
    }

    /// What is there to encode; nil if it is about to be made.
    private func existingSource(in cache: Cache?) throws -> (any EncodingSource)? {
        do {
            return try cache.map { try source(in: $0) }
        } catch let error as StorageError where error.kind == .missing {
            return nil
        }
    }
}
