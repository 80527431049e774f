import Datasets
import Models
import Neural
import Storage
import Tensors

/// The samples of train and val for the runs that read the same of them and judge it alike.
final class TrainingData: Sendable {
    let train: CachedSamples

    /// What selects; the samples of test, if a recipe asks for that.
    let val: CachedSamples
    let streams: StreamSet
    let task: any LearningTask

    /// Which of the trainer's data it is; plans name it.
    let number: Int

    private let reading: Reading

    /// By the tensor of a batch that they are written to.
    let targets: [BatchTensor: TargetTable]

    /// Whether the loss also tells sights and sounds that belong together from others.
    let learnsMatches: Bool

    /// Frozen frames that do not belong to a sound; nil if none are read.
    let negatives: NegativeFrames?

    /// Of each item of train what dropout knows it by: a hash of its id, whatever else is in the data.
    let numbers: [UInt64]
    let augmentation: TrainingRecipe.Augmentation

    /// What of a recipe decides what is read, and how rows are judged.
    private struct Reading: Equatable {
        private var recipe: TrainingRecipe

        init(_ recipe: TrainingRecipe) {
            // Everything but what the model, its updates and their order depend on.
            var reading = TrainingRecipe()
            reading.task = recipe.task
            (reading.supervision, reading.selection) = (recipe.supervision, recipe.selection)
            (reading.quirks, reading.head) = (recipe.quirks, recipe.head)
            reading.method = TrainingRecipe.Method(name: recipe.method.name)
            reading.placement = recipe.placement
            (reading.features, reading.backbones) = (recipe.features, recipe.backbones)
            (reading.loss, reading.augmentation) = (recipe.loss, recipe.augmentation)
            reading.groupBy = recipe.groupBy
            reading.questionsPerClip = recipe.questionsPerClip
            reading.head.hidden = 1
            reading.head.gateFactor = -1
            self.recipe = reading
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
        task = try TaskCatalog.make(recipe, cache)
        train = try CachedSamples(
            cache, split: "train", streams: streams, task: task, leavingOut: absent,
            operation: operation)
        val = try CachedSamples(
            cache, split: recipe.selectingSplit, streams: streams, task: task, leavingOut: absent,
            operation: operation)
        targets = task.targetTables(train.samples, items: train.items)
        learnsMatches = recipe.negatives != nil
        negatives =
            recipe.negatives == .frozen
            ? try NegativeFrames(cache, recipe, streams, operation: operation) : nil
        numbers = train.items.indices.map { [train] in XXH3.hash(Array(train.id(of: $0).utf8)) }
        standardisation = recipe.head.standardise ? try Standardisation(of: train) : nil
    }

    /// Whether a recipe reads and judges the same.
    func serves(_ recipe: TrainingRecipe) -> Bool { reading == Reading(recipe) }

    /// Updates of an epoch.
    func updates(_ recipe: TrainingRecipe) -> Int {
        EpochPlan.updates(of: train.items.count, recipe)
    }
}
