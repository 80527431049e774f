import Datasets
import Foundation
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct PredictionTests {
    private func write(
        _ run: SyntheticRun, _ name: String, details: PredictionFile.Details = [], threads: Int = 1
    ) throws -> String {
        let path = run.data.run(name)
        let format = try #require(PredictionFile.Format(of: path))
        _ = try PredictionFile.write(
            to: path, as: format, run: run.path, cache: run.data.cache(), split: "test",
            leavingOut: [], details: details, threads: threads)
        return path
    }

    @Test(arguments: SyntheticRun.methods)
    func predictionsGiveTheEvaluatedAccuracy(method: String) throws {
        let run = try SyntheticRun(method, epochs: 2)
        let result = try run.evaluation("test")
        let path = try write(run, "test.jsonl")
        let predictions = try JSONLines.read(path, as: Prediction.self)
        #expect(predictions.map(\.clip) == (14..<18).map { "clip\($0)" })
        let pairs = try predictions.flatMap { zip($0.predicted, try #require($0.labels)) }
        #expect(pairs.count == result.accuracy.count)
        #expect(Double(pairs.count { $0 == $1 }) / Double(pairs.count) == result.accuracy.value)
        for (label, row) in zip(result.labels, result.confusion.counts) {
            let counts = result.labels.map { other in pairs.count { $0 == (other, label) } }
            #expect(counts == row, "\(label)")
        }
        #expect(predictions.allSatisfy { $0.probabilities == nil && $0.logits == nil })

        let table = try String(contentsOfFile: write(run, "test.csv"), encoding: .utf8)
        let rows = table.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect(rows[0] == ["id", "clip", "segment", "predicted", "probability", "true"])
        #expect(rows.dropFirst().map { $0[3] } == pairs.map(\.0))
        #expect(rows.dropFirst().map { $0[5] } == pairs.map(\.1))
        #expect(rows[6][0...2] == ["15", "clip15", "1"])
    }

    @Test(arguments: SyntheticRun.methods)
    func bytesDoNotDependOnThreads(method: String) throws {
        let run = try SyntheticRun(method, epochs: 1)
        let all: PredictionFile.Details = [.probabilities, .logits]
        for ending in ["jsonl", "csv"] {
            let files = try (1...3).map { threads in
                try Data(
                    contentsOf: URL(
                        filePath: write(run, "\(threads).\(ending)", details: all, threads: threads)
                    ))
            }
            #expect(Set(files).count == 1)
        }
    }

    /// ⟨softmax⟩ in closed form: ln of the ratio of two shares is the difference of their scores.
    @Test func probabilitiesAreThoseOfTheScores() throws {
        let run = try SyntheticRun("av-pea", epochs: 2)
        let path = try write(run, "test.jsonl", details: [.probabilities, .logits])
        for prediction in try JSONLines.read(path, as: Prediction.self) {
            let shares = try #require(prediction.probabilities)
            let scores = try #require(prediction.logits)
            for (segment, (shares, scores)) in zip(shares, scores).enumerated() {
                #expect(shares.count == 3 && abs(shares.reduce(0, +) - 1) < 1e-6)
                let best = try #require(scores.indices.max { scores[$0] < scores[$1] })
                #expect(prediction.predicted[segment] == ["bark", "bell", "background"][best])
                #expect(prediction.probability[segment] == shares[best])
                for label in 1..<3 {
                    #expect(
                        abs(log(shares[label] / shares[0]) - (scores[label] - scores[0])) < 1e-4)
                }
            }
        }
    }

    @Test func largeScoresDoNotOverflow() {
        let scores = Tensor([1000, 0, -1000, 5, 5, 5], shape: [2, 3])
        let task = EventLocalisation(
            TrainingRecipe(), vocabulary: ["x", "y"], segments: 2, segmentDuration: 1)
        let prediction = Prediction(
            of: Sample(id: "0", clip: "a", split: nil), scores: scores, truth: [-1, -1], task)
        #expect(prediction.probabilities?[0] == [1, 0, 0])
        #expect(prediction.probabilities?[1] == Array(repeating: Float(1) / 3, count: 3))
        #expect(prediction.predicted == ["x", "x"])
        #expect(prediction.labels == nil)
    }

    @Test(arguments: ["a.jsonl", "a.CSV", "b/c.csv"]) func endingsAreFormats(path: String) {
        #expect(PredictionFile.Format(of: path) != nil)
    }

    @Test(arguments: ["a.json", "csv", "a.csv.gz", ""]) func otherEndingsAreNot(path: String) {
        #expect(PredictionFile.Format(of: path) == nil)
    }
}
