import Datasets
import Foundation
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

/// Faults of published code that are repeated, against loops in PyTorch and against closed forms.
@Suite struct QuirkTests {

    @Test(arguments: [("Q1", Quirk.Kind.extraStep), ("Q2", .discardedGradients)])
    func loopsAreThoseOfPyTorch(key: String, quirk: Quirk.Kind) throws {
        let reference = try Reference.tensors("quirks")
        let gradients = try reference.tensor("gradients")
        let vector = Parameter("head.vector", try reference.tensor("start"))
        var recipe = TrainingRecipe()
        recipe.quirks = [Quirk(quirk)]
        recipe.optimizer.name = .adam
        recipe.optimizer.headLearningRate = 0.01
        recipe.optimizer.weightDecay = 0
        recipe.optimizer.clip = 0
        recipe.schedule.name = .constant
        recipe.schedule.warmup = 0
        recipe.epochs = 2
        let updater = Updater(
            recipe, method: [], head: [vector], updatesPerEpoch: 10)
        for batch in 0..<20 {
            withTape { tape in
                tape.backward(
                    from: tape.variable(vector),
                    cotangent: Tensor(Array(gradients.row(batch)), shape: [6]))
            }
            let place = batch % 10
            #expect(updater.update(batch, inEpoch: place, isLast: place == 9) == nil)
        }
        #expect(relativeError(vector.value, try reference.tensor(key)) < 1e-6)
    }

    @Test func lastUpdateOfAnEpochStepsWhateverItsNumber() {
        var recipe = TrainingRecipe()
        recipe.quirks = [Quirk(.discardedGradients, every: 4)]
        recipe.optimizer.name = .sgd
        recipe.optimizer.momentum = 0
        recipe.optimizer.headLearningRate = 1
        recipe.optimizer.clip = 0
        recipe.schedule.name = .constant
        recipe.schedule.warmup = 0
        let vector = Parameter("head.vector", Tensor([0], shape: [1]))
        let updater = Updater(recipe, method: [], head: [vector], updatesPerEpoch: 6)
        for batch in 0..<6 {
            withTape { tape in
                tape.backward(
                    from: tape.variable(vector), cotangent: Tensor([Float(1 << batch)], shape: [1]))
            }
            _ = updater.update(batch, inEpoch: batch, isLast: batch == 5)
        }
        // The fourth and the last of the gradients 1, 2, 4, 8, 16, 32.
        #expect(vector.value.elements == [-40])
    }

    /// A gate is at most 1, and σ of anything above 0 exceeds one half: all is event.
    @Test func gateThatPassesTwiceLeavesTheDecisionToScores() {
        let scores = Tensor([1, 2, 0, 0.01, 3, 2, 0, 0.99, 1, 2, 5, 0.99], shape: [3, 4])
        let clean = Decision.eventProbability(isPassedTwice: false)
        #expect(clean.labels(scores) == [2, 0, 1])
        let quirk = Decision.eventProbability(isPassedTwice: true)
        #expect(quirk.labels(scores) == [1, 0, 2])
        #expect(abs(quirk.probabilities(scores.row(2)).reduce(0, +) - 1) < 1e-6)
        #expect(quirk.probabilities(scores.row(2)).max() == quirk.probabilities(scores.row(2)).last)
        let shares = clean.probabilities(scores.row(0))
        #expect(shares.count == 3 && abs(shares[2] - 0.99) < 1e-6)
        #expect(abs(shares.reduce(0, +) - 1) < 1e-6)
    }

    @Test func eventLogitDecidesFirst() {
        let scores = Tensor([5, 1, -0.1, 5, 6, 0.1], shape: [2, 3])
        #expect(Decision.eventLogit.labels(scores) == [2, 1])
        let shares = Decision.eventLogit.probabilities(scores.row(1))
        let share = 1 / (1 + exp(-0.1))
        #expect(abs(Double(shares[2]) - (1 - share)) < 1e-6)
        #expect(abs(Double(shares[1]) - share / (1 + exp(-1))) < 1e-6)
    }

    /// Batches of two clips and of one: the short one weighs as much as the other.
    @Test func meanOverBatchesIsNotThatOverSegments() {
        var recipe = TrainingRecipe()
        let samples = (0..<3).map { Sample(id: "\($0)", clip: "\($0)", split: "val") }
        let judged = Judgement(
            samples, truth: [[0, 0], [0, 0], [0, 0]], predicted: [[0, 0], [0, 1], [1, 1]],
            batches: [[0, 1], [2]])
        func task() -> EventLocalisation {
            EventLocalisation(recipe, vocabulary: ["a"], segments: 2, segmentDuration: 1)
        }
        #expect(task().selectingFigure(judged) == 0.5)
        #expect(task().figures(judged).isEmpty)
        recipe.quirks = [Quirk(.batchMean)]
        #expect(task().selectingFigure(judged) == 0.375)
        #expect(task().figures(judged).map(\.value) == [0.375])
    }

    @Test func quirksAreNamedWithEveryResult() throws {
        let data = try SyntheticCache()
        var recipe = TrainingBench.recipe("linear-probe", epochs: 2)
        recipe.quirks = [Quirk(.extraStep), Quirk(.selectOnTest), Quirk(.batchMean)]
        try TrainingBench(data).train(recipe, run: "run")
        let titles = ["Q1 opt.extra_step(8)", "Q3 select.split=test", "Q9 metric.batch_mean"]
        #expect(try RunFolder(data.run("run")).record().quirks == titles)
        let result = try Evaluation.evaluate(
            run: data.run("run"), cache: data.cache(), split: "test", leavingOut: [], threads: 1)
        #expect(result.quirks == titles && result.selection == "test")
        let folder = data.run("adapter")
        let summary = try AdapterExport.export(
            run: data.run("run"), to: folder, replacing: false)
        let text = try String(contentsOfFile: summary.configuration, encoding: .utf8)
        #expect(text.contains(titles[2]) && text.contains(#""selection" : "test""#))
    }

    @Test func groupsHaveTheRatesOfTheLoop() {
        var recipe = TrainingRecipe()
        recipe.task = .avqa
        recipe.quirks = [Quirk(.singleParameterGroup)]
        recipe.optimizer.name = .sgd
        recipe.optimizer.momentum = 0
        recipe.optimizer.clip = 0
        recipe.optimizer.learningRate = 0.1
        recipe.optimizer.headLearningRate = 0.01
        recipe.schedule.name = .constant
        recipe.schedule.warmup = 0
        func moved(_ recipe: TrainingRecipe) -> [Float] {
            let (method, head) = (
                Parameter("gate", Tensor([0], shape: [1])),
                Parameter("head.vector", Tensor([0], shape: [1]))
            )
            let updater = Updater(recipe, method: [[method]], head: [head], updatesPerEpoch: 1)
            for parameter in [method, head] {
                withTape { tape in
                    tape.backward(
                        from: tape.variable(parameter), cotangent: Tensor([1], shape: [1]))
                }
            }
            _ = updater.update(0, inEpoch: 0, isLast: true)
            return [method, head].map(\.value.elements[0])
        }
        #expect(moved(recipe) == [-0.01, -0.01])
        recipe.quirks = [Quirk(.headAtMethodRate)]
        #expect(moved(recipe) == [-0.1, -0.1])
        recipe.quirks = []
        #expect(moved(recipe) == [-0.1, -0.01])
    }

    /// After the first epoch nothing is dropped, and a short last batch is left out.
    @Test func networkStaysInEvaluation() throws {
        let data = try SyntheticCache()
        var recipe = TrainingBench.recipe("linear-probe")
        recipe.head.name = "mlp"
        recipe.batch = 4
        func losses(_ recipe: TrainingRecipe) throws -> (updates: Int, by: [Int: Double]) {
            let source = try TrainingData(
                data.cache(), recipe, leavingOut: [], number: 0, operation: "test")
            let model = try TaskModel(recipe, streams: source.streams, task: source.task)
            let steps = StepRecorder(model, recipe, pool: WorkerPool(threads: 1))
            let plan = BatchPlan(items: [0, 1, 2, 3], update: [0, 1, 2, 3])
            var batch: LoadedBatch?
            try source.load(plan, to: &batch)
            var loaded = try #require(batch), found: [Int: Double] = [:]
            for epoch in 1...3 {
                found[epoch] = steps.differentiate(&loaded, plan, epoch: epoch)
            }
            // Without a source of noise nothing is dropped.
            found[0] = withTape { tape in
                Double(model.loss(loaded) { tape.constant($0) }.value.elements[0])
            }
            return (source.updates(recipe), found)
        }
        let clean = try losses(recipe)
        recipe.quirks = [Quirk(.staysInEvaluation)]
        let quirk = try losses(recipe)
        #expect(Set(clean.by.values).count == 4)
        #expect(quirk.by[1] == clean.by[1])
        #expect(quirk.by[2] == clean.by[0] && quirk.by[3] == clean.by[0])
        #expect(clean.updates == 3 && quirk.updates == 2)
        try TrainingBench(data).train(recipe, run: "whole")
        try TrainingBench(data).train(recipe, run: "cut") { $0.updates = 3 }
        try TrainingBench(data).train(recipe, run: "cut") { $0.isResuming = true }
        let bench = TrainingBench(data)
        #expect(try bench.files(of: "cut") == bench.files(of: "whole"))
    }
}
