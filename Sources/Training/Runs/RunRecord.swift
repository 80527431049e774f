import Datasets
import Models
import Neural
import Storage
import Tensors

extension RunFolder.Record {
    /// What a model is trained on, and how large it is.
    init(of cache: Cache, _ data: TrainingData, _ recipe: TrainingRecipe, _ model: EventModel) {
        func count(_ module: any Module) -> Int {
            module.parameters.map(\.value.count).reduce(0, +)
        }
        self.init(
            dataset: cache.description.dataset, samples: cache.description.samples,
            features: data.streams.fingerprints, vocabulary: cache.description.vocabulary,
            leftOut: Set((data.train.leftOut + data.val.leftOut).map(\.clip)).sorted(),
            paddedSegments: data.train.paddedSegments + data.val.paddedSegments,
            title: data.streams.declaration.title(of: recipe.method.name),
            methodParameters: count(model.method), headParameters: count(model.head),
            environment: NumericEnvironment.current.description)
    }
}
