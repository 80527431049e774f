import Foundation
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

/// The same recipe, seed and cache give the same bytes, however a run is carried out.
@Suite struct ReproducibilityTests {
    /// Recipes in which something is remembered from update to update, or drawn for each.
    static let variants: [(name: String, change: @Sendable (inout TrainingRecipe) -> Void)] = [
        ("plain", { _ in }),
        (
            "accumulation",
            {
                $0.accumulation = 3; $0.batch = 5
            }
        ),
        (
            "momentum and averages",
            {
                $0.optimizer.name = .sgd
                $0.optimizer.momentum = 0.8
                $0.averaging.decay = 0.7
                $0.schedule.name = .plateau
                $0.schedule.patience = 1
            }
        ),
        (
            "augmentation",
            {
                $0.augmentation.mixup = 0.4
                $0.augmentation.channelScale = 0.1
                $0.augmentation.channelShift = 0.1
                $0.augmentation.tokenDropping = 0.4
                $0.loss.labelSmoothing = 0.1
                $0.loss.classWeights = .balanced
                $0.accumulation = 2
            }
        ),
    ]

    private func recipe(_ variant: String, _ method: String = "av-pea") -> TrainingRecipe {
        var recipe = TrainingBench.recipe(method)
        Self.variants.first { $0.name == variant }?.change(&recipe)
        return recipe
    }

    @Test(arguments: variants.map(\.name)) func bytesDoNotDependOnThreadsOrPrefetching(
        variant: String
    ) throws {
        let bench = try TrainingBench()
        try bench.train(recipe(variant), run: "one")
        let expected = try bench.files(of: "one")
        for (threads, depth) in [(2, 1), (3, 7)] {
            let run = "\(threads)"
            try bench.train(recipe(variant), run: run) { ($0.threads, $0.depth) = (threads, depth) }
            #expect(try bench.files(of: run) == expected)
        }
    }

    /// Cancelled after every single update, at the border of an epoch and within it.
    @Test(arguments: variants.map(\.name)) func runThatIsStoppedAfterEveryUpdateIsTheUndisturbedOne(
        variant: String
    ) throws {
        let bench = try TrainingBench()
        try bench.train(recipe(variant), run: "whole")
        var isDone = false, starts = 0
        while !isDone {
            let isResuming = starts > 0
            isDone = try !bench.train(recipe(variant), run: "cut") {
                $0.isResuming = isResuming
                $0.updates = 1
            }.wasCancelled
            starts += 1
            try #require(starts < 100)
        }
        #expect(starts > 10)
        #expect(try bench.files(of: "cut") == bench.files(of: "whole"))
    }

    /// Cancelled between the parts of an update, whose gradients are then forgotten.
    @Test func runThatIsStoppedInsideAnAccumulationIsTheUndisturbedOne() throws {
        let bench = try TrainingBench()
        var recipe = recipe("augmentation")
        recipe.batch = 6
        recipe.accumulation = 3
        try bench.train(recipe, run: "whole")
        var isDone = false, starts = 0
        while !isDone {
            let isResuming = starts > 0
            isDone = try !bench.train(recipe, run: "cut") {
                $0.isResuming = isResuming
                $0.batches = 5
            }.wasCancelled
            starts += 1
            try #require(starts < 100)
        }
        #expect(starts > 5)
        #expect(try bench.files(of: "cut") == bench.files(of: "whole"))
    }

    /// A killed run has gone on after its last checkpoint, which it wrote at some moment.
    @Test func runThatIsKilledGoesOnFromItsLastCheckpoint() throws {
        let bench = try TrainingBench()
        let recipe = recipe("accumulation")
        try bench.train(recipe, run: "whole")
        for updates in [1, 3, 4, 7] {
            let run = "cut-\(updates)", last = "\(bench.data.run(run))/last.safetensors"
            try bench.train(recipe, run: run) { $0.updates = updates }
            let checkpoint = try Data(contentsOf: URL(filePath: last))
            try bench.train(recipe, run: run) {
                $0.isResuming = true
                $0.updates = 2
            }
            // What was written since is there, and the checkpoint is not.
            try checkpoint.write(to: URL(filePath: last))
            try bench.train(recipe, run: run) { $0.isResuming = true }
            #expect(try bench.files(of: run) == bench.files(of: "whole"))
        }
    }

    @Test(arguments: variants.map(\.name)) func runBesideOthersIsTheSoloRun(variant: String) throws
    {
        let bench = try TrainingBench()
        let changes: [(inout TrainingRecipe) -> Void] = [
            { _ in }, { $0.seed = 1 }, { $0.optimizer.learningRate = 3e-3 }, { $0.batch = 4 },
            { $0 = TrainingBench.recipe("linear-probe") }, { $0.epochs = 2 },
        ]
        let runs = changes.enumerated().map { index, change in
            var recipe = recipe(variant)
            recipe.orderSeed = 0
            change(&recipe)
            return (recipe: recipe, run: "beside-\(index)")
        }
        try bench.train(runs) { $0.threads = 2 }
        for (index, (recipe, run)) in runs.enumerated() {
            try bench.train(recipe, run: "solo-\(index)")
            #expect(try bench.files(of: run) == bench.files(of: "solo-\(index)"), "run \(index)")
        }
    }

    /// Micro-batches of any size add up to the batch, to rounding.
    @Test(arguments: ["plain", "augmentation"]) func accumulationEqualsTheLargeBatch(
        variant: String
    ) throws {
        let bench = try TrainingBench()
        var recipe = recipe(variant)
        recipe.batch = 6
        recipe.epochs = 2
        recipe.accumulation = 1
        try bench.train(recipe, run: "whole")
        recipe.accumulation = 3
        try bench.train(recipe, run: "parts")
        let files = try ["whole", "parts"].map {
            try SafeTensors(reading: "\(bench.data.run($0))/last.safetensors")
        }
        let names = files[0].entries.keys.filter { !$0.hasPrefix("optimizer.") }
        try #require(names.count > 10)
        for name in names {
            let (whole, parts) = (try files[0].tensor(name), try files[1].tensor(name))
            #expect(relativeError(parts, whole) < 1e-4, "\(name)")
        }
    }

    @Test(arguments: variants.dropFirst().map(\.name)) func settingsChangeTheResult(
        variant: String
    ) throws {
        let bench = try TrainingBench()
        try bench.train(recipe("plain"), run: "plain")
        try bench.train(recipe(variant), run: "other")
        #expect(try bench.files(of: "plain")[0] != bench.files(of: "other")[0])
    }

    @Test func runThatFailsBesideOthersIsNamedAndTheyGoOn() throws {
        let bench = try TrainingBench()
        var wild = recipe("plain")
        wild.optimizer.name = .sgd
        wild.optimizer.learningRate = 1e30
        wild.optimizer.headLearningRate = 1e30
        wild.optimizer.clip = 0
        var failures: [Int: String] = [:]
        try bench.train([(wild, "wild"), (recipe("plain"), "tame")]) {
            $0.checkpointInterval = 0
        } report: { event in
            if case .failed(let run, let error) = event { failures[run] = "\(error)" }
        }
        #expect(failures.keys.sorted() == [0])
        #expect(failures[0]?.contains("is not finite, with samples") == true)
        let path = "\(bench.data.run("wild"))/last.safetensors"
        if FileManager.default.fileExists(atPath: path) {
            let last = try SafeTensors(reading: path)
            for name in last.entries.keys {
                #expect(try last.tensor(name).elements.allSatisfy(\.isFinite), "\(name)")
            }
        }
        try bench.train(recipe("plain"), run: "solo")
        #expect(try bench.files(of: "tame") == bench.files(of: "solo"))
    }
}
