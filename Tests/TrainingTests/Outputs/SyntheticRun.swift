import Models
import TestSupport

@testable import Training

/// A run of a few epochs on made-up states.
struct SyntheticRun {
    let data: SyntheticCache
    var path: String { data.run("run") }

    static let methods = ["linear-probe", "av-pea"]

    init(_ method: String, epochs: Int = 12, threads: Int = 1) throws {
        data = try SyntheticCache()
        var recipe = TrainingRecipe()
        recipe.method = TrainingRecipe.Method(name: method, width: 8)
        recipe.placement = method == "av-pea" ? .ladder([1, 2]) : .head
        recipe.head = TrainingRecipe.Head(
            name: method == "av-pea" ? "lavish" : "linear", hidden: 6,
            standardise: method == "linear-probe")
        recipe.optimizer.learningRate = 1e-2
        recipe.optimizer.headLearningRate = 3e-2
        recipe.batch = 3
        recipe.epochs = epochs
        let trainer = try Trainer(
            recipe, cache: try data.cache(), run: path, leavingOut: [], threads: threads)
        _ = try trainer.train(resuming: false, isCancelled: { false }, report: { _ in })
    }

    func evaluation(_ split: String) throws -> Evaluation.Result {
        try Evaluation.evaluate(
            run: path, cache: data.cache(), split: split, leavingOut: [], threads: 1)
    }
}
