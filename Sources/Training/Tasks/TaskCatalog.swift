import Datasets
import Storage

/// Makes the task that a recipe names.
enum TaskCatalog {
    /// The task of a recipe, as a cache has it.
    ///
    /// Questions are of `words`, those that a run was trained with, or else of the words of train.
    static func make(
        _ recipe: TrainingRecipe, _ cache: Cache, words: QuestionWords? = nil
    ) throws -> any LearningTask {
        let description = cache.description
        switch recipe.task {
        case .avel:
            return EventLocalisation(
                recipe, vocabulary: description.vocabulary, segments: description.segments,
                segmentDuration: description.segmentDuration)
        case .avqa:
            let samples = try cache.samples()
            let readsWords = recipe.head.question == .lstm
            return QuestionAnswering(
                recipe, vocabulary: description.vocabulary, segments: description.segments,
                words: readsWords
                    ? words ?? QuestionWords(samples.filter { $0.split == "train" }) : nil,
                test: samples.filter { $0.split == "test" })
        }
    }
}
