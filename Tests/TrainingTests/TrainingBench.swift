import Foundation
import Models
import Storage

@testable import Training

/// Trains recipes on made-up states, and reads what came of it.
struct TrainingBench {
    let data: SyntheticCache

    init(_ data: SyntheticCache) { self.data = data }

    init() throws { try self.init(SyntheticCache()) }

    /// A small run of a method, which learns within a few epochs.
    static func recipe(_ method: String, epochs: Int = 6) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.method = TrainingRecipe.Method(
            name: method, options: method == "av-pea" ? ["width": 8] : [:])
        recipe.placement = method == "av-pea" ? .ladder([1, 2]) : .head
        recipe.head = TrainingRecipe.Head(
            name: method == "av-pea" ? "lavish" : "linear", hidden: 8,
            standardise: method == "linear-probe")
        recipe.optimizer.learningRate = 1e-2
        recipe.optimizer.headLearningRate = 3e-2
        recipe.batch = 3
        recipe.epochs = epochs
        return recipe
    }

    /// How a training is done, none of which may change its result.
    struct Way {
        var threads = 1
        var depth = 2
        var checkpointInterval = 60.0
        var isResuming = false

        /// Updates, of all runs together, after which it is cancelled.
        var updates = Int.max

        /// Batches, of which an update may have several, after which it is cancelled.
        var batches = Int.max
    }

    /// Trains one recipe.
    @discardableResult
    func train(
        _ recipe: TrainingRecipe, run: String, leavingOut absent: Set<String> = [],
        _ change: (inout Way) -> Void = { _ in }
    ) throws -> Trainer.Result {
        try train([(recipe, run)], leavingOut: absent, change)[0]
    }

    /// Trains several recipes side by side.
    @discardableResult
    func train(
        _ runs: [(recipe: TrainingRecipe, run: String)], leavingOut absent: Set<String> = [],
        _ change: (inout Way) -> Void = { _ in }, report: (Trainer.Event) -> Void = { _ in }
    ) throws -> [Trainer.Result] {
        var way = Way()
        change(&way)
        let trainer = try Trainer(
            runs.map { ($0.recipe, data.run($0.run)) }, cache: try data.cache(),
            leavingOut: absent, threads: way.threads)
        trainer.depth = way.depth
        trainer.checkpointInterval = way.checkpointInterval
        var taken = 0, asked = 0
        return try trainer.train(
            resuming: way.isResuming,
            isCancelled: {
                asked += 1
                return taken >= way.updates || asked >= way.batches
            },
            report: { event in
                if case .stepped = event { taken += 1 }
                report(event)
            })
    }

    /// What every rerun gives again, byte for byte.
    func files(of run: String) throws -> [Data] {
        try ["best.safetensors", "last.safetensors", "metrics.jsonl", "recipe.yaml"].map {
            try Data(contentsOf: URL(filePath: "\(data.run(run))/\($0)"))
        }
    }
}
