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
        var recipe = TrainingBench.recipe(method, epochs: epochs)
        recipe.head.hidden = 6
        try TrainingBench(data).train(recipe, run: "run") { $0.threads = threads }
    }

    func evaluation(_ split: String) throws -> Evaluation.Result {
        try Evaluation.evaluate(
            run: path, cache: data.cache(), split: split, leavingOut: [], threads: 1)
    }
}
