import Datasets
import Models
import Neural
import Storage
import Tensors

/// The samples of train and val for the runs that read the same states of them.
final class TrainingData: Sendable {
    let train: CachedSamples
    let val: CachedSamples
    let streams: StreamSet
    let classes: Int

    /// Which of the trainer's data it is; plans name it.
    let number: Int

    private let reading: Reading
    let targets: TargetTable

    /// Of each sample of train what dropout knows it by: a hash of its id, whatever else is in the data.
    let numbers: [UInt64]
    let augmentation: TrainingRecipe.Augmentation

    /// What of a recipe decides what is read, and how rows are judged.
    private struct Reading: Equatable {
        let method: String
        let placement: Placement
        let features: TrainingRecipe.Features
        let backbones: TrainingRecipe.Backbones
        let loss: TrainingRecipe.Loss
        let augmentation: TrainingRecipe.Augmentation
        let isStandardised: Bool

        init(_ recipe: TrainingRecipe) {
            (method, placement) = (recipe.method.name, recipe.placement)
            (features, backbones) = (recipe.features, recipe.backbones)
            (loss, augmentation) = (recipe.loss, recipe.augmentation)
            isStandardised = recipe.head.standardise
        }
    }

    /// How final features are standardised; nil if they are not.
    let standardisation: Standardisation?

    init(
        _ cache: Cache, _ recipe: TrainingRecipe, leavingOut absent: Set<String>, number: Int,
        operation: String
    ) throws {
        self.number = number
        reading = Reading(recipe)
        augmentation = recipe.augmentation
        streams = try StreamSet(cache, recipe, withViews: true, operation: operation)
        classes = cache.description.vocabulary.count + 1
        train = try CachedSamples(
            cache, split: "train", streams: streams, leavingOut: absent, operation: operation)
        val = try CachedSamples(
            cache, split: "val", streams: streams, leavingOut: absent, operation: operation)
        targets = TargetTable(train.labels, classes: classes, recipe.loss)
        numbers = train.samples.map { XXH3.hash(Array($0.id.utf8)) }
        standardisation = recipe.head.standardise ? try Standardisation(of: train) : nil
    }

    /// Whether a recipe reads and judges the same.
    func serves(_ recipe: TrainingRecipe) -> Bool { reading == Reading(recipe) }

    /// Updates of an epoch.
    func updates(batch: Int) -> Int { (train.samples.count + batch - 1) / batch }
}
