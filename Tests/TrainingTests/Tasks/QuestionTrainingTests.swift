import Datasets
import Foundation
import Models
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

/// Runs that answer questions, from a cache to figures.
@Suite struct QuestionTrainingTests {
    private func files(_ data: QuestionCache, run: String) throws -> [Data] {
        try ["best.safetensors", "last.safetensors", "metrics.jsonl"].map {
            try Data(contentsOf: URL(filePath: "\(data.run(run))/\($0)"))
        }
    }

    @Test(
        arguments: [
            ("linear", .clip), ("mlp", .sample), ("st-avqa", .sample), ("st-avqa", .clip),
            ("question", .clip),
        ] as [(String, TrainingRecipe.Grouping)])
    func runsAreTheSameHoweverTheyAreDone(
        head: String, grouping: TrainingRecipe.Grouping
    ) throws {
        let data = try QuestionCache()
        var recipe = QuestionCache.recipe(head, epochs: 2)
        recipe.groupBy = grouping
        recipe.questionsPerClip = 3
        try data.train(recipe, run: "whole")
        try data.train(recipe, run: "cut", threads: 2, updates: 3)
        try data.train(recipe, run: "cut", threads: 3, resuming: true)
        #expect(try files(data, run: "cut") == files(data, run: "whole"))
        let result = try Evaluation.evaluate(
            run: data.run("whole"), cache: data.cache(), split: "test", leavingOut: [], threads: 2)
        #expect(result.accuracy.count == data.samples.count { $0.split == "test" })
        #expect(
            result.figures.map(\.name) == [
                "audio comparative", "audio", "visual location", "visual", "mean of means",
            ])
    }

    @Test func answersThatShowAreLearned() throws {
        let data = try QuestionCache()
        var recipe = QuestionCache.recipe("st-avqa", epochs: 30)
        recipe.patience = 30
        recipe.optimizer.headLearningRate = 1e-3
        let result = try data.train(recipe, run: "run")
        #expect(result.bestAccuracy > 0.8)
    }

    @Test func predictionsAreLinesOfQuestions() throws {
        let data = try QuestionCache()
        var recipe = QuestionCache.recipe("linear", epochs: 1)
        recipe.groupBy = .clip
        recipe.questionsPerClip = 2
        try data.train(recipe, run: "run")
        let path = data.run("test.jsonl")
        _ = try PredictionFile.write(
            to: path, as: .jsonl, run: data.run("run"), cache: data.cache(), split: "test",
            leavingOut: [], details: [.probabilities], threads: 1)
        let predictions = try JSONLines.read(path, as: Prediction.self)
        let test = data.samples.filter { $0.split == "test" }
        #expect(predictions.map(\.id) == test.map(\.id))
        #expect(predictions.map(\.question) == test.map(\.text))
        #expect(predictions[0].type == "Audio Comparative")
        #expect(predictions.allSatisfy { $0.probabilities?[0].count == 3 })
        let table = data.run("test.csv")
        _ = try PredictionFile.write(
            to: table, as: .csv, run: data.run("run"), cache: data.cache(), split: "test",
            leavingOut: [], details: [], threads: 1)
        let lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
        #expect(lines[0] == "id,clip,question,type,predicted,probability,true")
        #expect(lines.count == test.count + 1)
        // Two files are two looks at test, and an evaluation is a third one.
        let result = try Evaluation.evaluate(
            run: data.run("run"), cache: data.cache(), split: "test", leavingOut: [], threads: 1)
        #expect(result.looks == 3)
    }

    /// The gradient of an update, by parameter, and its loss; those of the method are moved from where they
    /// begin, where many gradients are zero.
    private func gradients(
        _ recipe: TrainingRecipe, _ cache: Cache, update: (TrainingData) -> [Int],
        accumulation: Int = 1
    ) throws -> (gradients: [Tensor], loss: Double) {
        let source = try TrainingData(cache, recipe, leavingOut: [], number: 0, operation: "test")
        let model = try TaskModel(recipe, streams: source.streams, task: source.task)
        var generator = SplitMix64(seed: 8)
        for parameter in model.method.parameters {
            for index in parameter.value.elements.indices {
                parameter.value.elements[index] += Float.random(in: -0.2...0.2, using: &generator)
            }
        }
        let items = update(source), draws = BatchPlan.Noise(seed: 0, epoch: 1)
        var loss = 0.0
        let size = (items.count + accumulation - 1) / accumulation
        for start in stride(from: 0, to: items.count, by: size) {
            let plan = BatchPlan(
                items: Array(items[start..<min(start + size, items.count)]), update: items,
                draws: recipe.negatives == nil ? nil : draws)
            var batch: LoadedBatch?
            try source.load(plan, to: &batch)
            let loaded = try #require(batch)
            withTape { tape in
                let part = model.loss(loaded) { tape.constant($0) }
                tape.backward(from: part)
                loss += Double(part.value.elements[0])
            }
        }
        return (
            model.parameters.map { $0.gradient ?? Tensor(shape: $0.value.shape) }, loss
        )
    }

    private func expectEqual(
        _ a: (gradients: [Tensor], loss: Double), _ b: (gradients: [Tensor], loss: Double)
    ) {
        #expect(abs(a.loss - b.loss) < 1e-5 * abs(b.loss))
        let size = b.gradients.map { relativeError($0, Tensor(shape: $0.shape)) }.max() ?? 0
        #expect(size > 0)
        for (a, b) in zip(a.gradients, b.gradients) {
            var difference = 0.0, norm = 0.0
            for (x, y) in zip(a.elements, b.elements) {
                difference += Double(x - y) * Double(x - y)
                norm += Double(y) * Double(y)
            }
            #expect(difference.squareRoot() < 2e-5 * norm.squareRoot() + 1e-7)
        }
    }

    /// Questions that share a clip share its forward pass, and nothing else changes.
    @Test(
        arguments: ["linear", "mlp", "st-avqa", "question"],
        [TrainingRecipe.Negatives.inBatch, .frozen])
    func groupedGradientsAreThoseOfSingleQuestions(
        head: String, negatives: TrainingRecipe.Negatives
    ) throws {
        let data = try QuestionCache()
        var single = QuestionCache.recipe(head)
        if head == "st-avqa" { single.head.negatives = negatives }
        var grouped = single
        grouped.groupBy = .clip
        grouped.questionsPerClip = 5
        // Clips of one, two and four questions, of which one has no known answer.
        let update = Self.items(of: ["clip3", "clip0", "clip5"]), cache = try data.cache()
        let one = try gradients(grouped, cache, update: update)
        expectEqual(one, try gradients(single, cache, update: update))
        guard grouped.negatives != .inBatch else { return }
        expectEqual(one, try gradients(grouped, cache, update: update, accumulation: 3))
        expectEqual(one, try gradients(single, cache, update: update, accumulation: 4))
    }

    /// The items of an update that asks all questions of some clips.
    private static func items(of clips: [String]) -> (TrainingData) -> [Int] {
        { data in
            clips.flatMap { clip in
                data.train.items.indices.filter {
                    data.train.samples[data.train.items[$0][0]].clip == clip
                }
            }
        }
    }

    /// Beside the blocks and within them, where questions share what a method makes of their clip.
    @Test(
        arguments: [
            ("av-pea", .ladder([1, 3])), ("lstta", .ladder([1, 3])), ("copl", .suffix(1)),
            ("dtl", .hybrid(.init(below: .all([0, 1]), from: 2))),
        ] as [(String, Placement)])
    func groupedGradientsOfMethodsAreThoseOfSingleQuestions(
        method: String, placement: Placement
    ) throws {
        let data = try BackboneCache(questions: 3)
        try data.encode([0, 1, 2, 3])
        var single = QuestionCache.recipe("st-avqa")
        single.method.name = method
        if method == "lstta" { single.method.options["language"] = "off" }
        single.placement = placement
        single.features.visual = "states-vit-hf-visual"
        single.features.audio = "states-vit-hf-audio"
        single.backbones.visual = Reference.path("vit-hf")
        single.backbones.audio = Reference.path("vit-hf")
        var grouped = single
        grouped.groupBy = .clip
        grouped.questionsPerClip = 3
        let update = Self.items(of: ["clip3", "clip0"]), cache = try data.cache()
        expectEqual(
            try gradients(grouped, cache, update: update),
            try gradients(single, cache, update: update))
    }

    @Test func itemsHoldNoMoreQuestionsThanThereIsRoomFor() throws {
        let data = try QuestionCache()
        var recipe = QuestionCache.recipe("linear")
        recipe.groupBy = .clip
        recipe.questionsPerClip = 3
        let task = QuestionAnswering(
            recipe, vocabulary: QuestionCache.answers, segments: 3, words: nil)
        let items = task.items(of: data.samples)
        #expect(items.flatMap(\.self).sorted() == Array(data.samples.indices))
        #expect(items.allSatisfy { 1...3 ~= $0.count })
        #expect(items.count == 12 + 3)
        for item in items { #expect(Set(item.map { data.samples[$0].clip }).count == 1) }
    }

    /// As the published loader cuts questions into words.
    @Test func wordsAreThoseOfThePublishedVocabulary() throws {
        let data = try QuestionCache()
        let words = QuestionWords(data.samples.filter { $0.split == "train" })
        #expect(words.vocabulary == MUSICAVQA.questionWords && words.length == 14)
        let numbers = words.numbers(of: data.samples[0])
        let expected = ["Is", "the", "flute", "sounding"].map {
            Float(MUSICAVQA.questionWords.firstIndex(of: $0) ?? -1)
        }
        #expect(numbers == expected + Array(repeating: 0, count: 10))
        let other = QuestionWords([
            Sample(id: "0", clip: "a", split: "train", text: "Which bell rings?")
        ])
        #expect(other.vocabulary == ["<pad>", "Which", "bell", "rings"])
    }

    @Test func testThatSelectsIsNamed() throws {
        let data = try QuestionCache()
        var recipe = QuestionCache.recipe("linear", epochs: 2)
        recipe.selection = .test
        let result = try data.train(recipe, run: "run")
        #expect(result.selection == "test")
        let record = try RunFolder(data.run("run")).record()
        #expect(record.selection == "test")
        let lines = try String(
            contentsOfFile: "\(data.run("run"))/metrics.jsonl", encoding: .utf8)
        #expect(lines.contains("test_accuracy") && !lines.contains("val_"))
        let found = try Evaluation.evaluate(
            run: data.run("run"), cache: data.cache(), split: "test", leavingOut: [], threads: 1)
        #expect(found.selection == "test" && found.accuracy.value == result.bestAccuracy)
    }
}
