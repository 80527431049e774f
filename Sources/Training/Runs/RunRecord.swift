import Datasets
import Models
import Neural
import Storage
import Tensors

extension RunFolder.Record {
    /// What a model is trained on, and how large it is.
    init(of cache: Cache, _ data: TrainingData, _ recipe: TrainingRecipe, _ model: TaskModel) {
        func count(_ module: any Module) -> Int {
            module.parameters.map(\.value.count).reduce(0, +)
        }
        self.init(
            dataset: cache.description.dataset, samples: cache.description.samples,
            features: data.streams.fingerprints, vocabulary: cache.description.vocabulary,
            leftOut: Set((data.train.leftOut + data.val.leftOut).map(\.clip)).sorted(),
            task: recipe.task, selection: recipe.selectingSplit,
            quirks: recipe.quirks.map(\.title), words: data.task.words,
            paddedSegments: data.train.paddedSegments + data.val.paddedSegments,
            title: data.streams.declaration.title(of: recipe.method.name),
            couplesSamples: data.streams.declaration.couplesSamples ? true : nil,
            methodParameters: count(model.method), headParameters: count(model.head),
            frozenParameters: Self.frozenParameters(of: data.streams, in: cache),
            environment: NumericEnvironment.current.description)
    }

    private static func frozenParameters(of streams: StreamSet, in cache: Cache) -> Int? {
        var hashes: Set<String> = []
        for reader in streams.readers.values {
            guard case .object(let backbone)? = reader.origin["backbone"] else { return nil }
            switch backbone["weights"] {
            case .string(let hash)?: hashes.insert(hash)
            case .object(let shards)?:
                for case .string(let hash) in shards.values { hashes.insert(hash) }
            default: return nil
            }
        }
        var count = 0
        for hash in hashes {
            guard let path = cache.weights(ofHash: hash),
                let file = try? SafeTensors(reading: path)
            else { return nil }
            count += file.entries.values.map { $0.shape.reduce(1, *) }.reduce(0, +)
        }
        return count
    }

    /// Names of the labels of a task.
    func labels(_ task: TrainingRecipe.Task) -> [String] {
        switch task {
        case .avel: vocabulary + ["background"]
        case .avqa: vocabulary
        }
    }

    /// In words, what of the data of this record is not that of an older one; nil if nothing.
    func difference(from old: Self) -> String? {
        if samples != old.samples { return "its samples are others" }
        if words != old.words { return "its questions have other words" }
        for stream in Set(features.keys).union(old.features.keys).sorted()
        where features[stream] != old.features[stream] {
            return "the fingerprint of \(stream) is \(features[stream] ?? "none"), was "
                + "\(old.features[stream] ?? "none")"
        }
        if leftOut != old.leftOut {
            let clip = Set(leftOut).symmetricDifference(old.leftOut).min() ?? ""
            return "other clips are left out, such as \(clip)"
        }
        return nil
    }
}
