import Datasets
import Foundation
import Testing

@testable import Training

/// Accuracies of types and modalities, against sums written out.
@Suite struct QuestionFigureTests {
    /// Questions and answers of test in the original release, by type; and LSTTA's published accuracies.
    private static let types = [
        ("Audio", "Counting", 1022, 81.75), ("Audio", "Comparative", 601, 82.04),
        ("Visual", "Counting", 1199, 81.82), ("Visual", "Location", 1228, 82.23),
        ("Audio-Visual", "Existential", 995, 83.46), ("Audio-Visual", "Counting", 1274, 79.11),
        ("Audio-Visual", "Location", 927, 78.23), ("Audio-Visual", "Comparative", 1115, 78.02),
        ("Audio-Visual", "Temporal", 824, 79.32),
    ]

    /// As many right answers of each type as its published accuracy says.
    private func judged(_ samples: [Sample]) -> Judgement {
        var left = Dictionary(
            uniqueKeysWithValues: Self.types.map { modality, kind, count, percent in
                ("\(modality) \(kind)", Int((Double(count) * percent / 100).rounded()))
            })
        let predicted = samples.map { sample -> [Int] in
            let type = "\(sample.fields["modality"] ?? "") \(sample.fields["question_type"] ?? "")"
            let rest = left[type] ?? 0
            left[type] = rest - 1
            return [rest > 0 ? 0 : 1]
        }
        return Judgement(
            samples, truth: samples.map { _ in [0] }, predicted: predicted)
    }

    private func check(_ samples: [Sample]) throws {
        var recipe = TrainingRecipe()
        recipe.task = .avqa
        let task = QuestionAnswering(
            recipe, vocabulary: ["yes", "no"], segments: 10, words: nil)
        let judged = judged(samples)
        let figures = Dictionary(
            uniqueKeysWithValues: task.figures(judged).map { ($0.name, $0) })
        #expect(figures.count == 9 + 3 + 1)
        for (modality, kind, count, percent) in Self.types {
            let figure = figures["\(modality) \(kind)".lowercased()]
            #expect(figure?.count == count)
            #expect(abs(100 * (figure?.value ?? 0) - percent) < 0.05)
        }
        // methods.md §4.2: weighted by questions 81.86, 82.03, 79.59 and 80.64; mean of means 81.19.
        for (name, percent) in [("audio", 81.86), ("visual", 82.03), ("audio-visual", 79.59)] {
            let figure = try #require(figures[name])
            // Each type has a whole number of right answers, and percentages have two digits.
            let count = Self.types.count { $0.0.lowercased() == name }
            let rounding = 50 * Double(count) / Double(figure.count) + 0.01
            #expect(abs(100 * figure.value - percent) < rounding)
        }
        #expect(abs(100 * task.selectingFigure(judged) - 80.64) < 0.01)
        #expect(abs(100 * (figures["mean of means"]?.value ?? 0) - 81.19) < 0.02)
    }

    @Test func publishedRowIsRecomputedFromItsTypes() throws {
        try check(
            Self.types.flatMap { modality, kind, count, _ in
                (0..<count).map {
                    Sample(
                        id: "\(modality) \(kind) \($0)", clip: "a", split: "test",
                        fields: ["modality": modality, "question_type": kind])
                }
            })
    }

    /// The same with the questions of the official file.
    @Test(.enabled(if: annotations != nil))
    func publishedRowIsRecomputedFromTheOfficialAnnotations() throws {
        let root = try #require(annotations)
        let dataset = try DatasetCatalog.read(
            "\(root)/MUSIC-AVQA", as: "music-avqa-json")
        let test = dataset.samples.filter { $0.split == "test" }
        #expect(test.count == 9185)
        try check(test)
    }

    /// Types of another file, as one published loop takes them: the overall accuracy does not change.
    @Test func typesOfTheTestFileMayBeMistakenForTheirs() {
        func sample(_ split: String, _ modality: String) -> Sample {
            Sample(
                id: "\(split) \(modality)", clip: "a", split: split,
                fields: ["modality": modality, "question_type": "Counting"])
        }
        var recipe = TrainingRecipe()
        recipe.task = .avqa
        recipe.quirks = [Quirk(.typesFromTestFile)]
        let test = ["Visual", "Audio", "Audio"].map { sample("test", $0) }
        let task = QuestionAnswering(
            recipe, vocabulary: ["yes", "no"], segments: 10, words: nil, test: test)
        let val = Judgement(
            ["Audio", "Audio", "Visual"].map { sample("val", $0) }, truth: [[0], [0], [0]],
            predicted: [[1], [0], [0]])
        let figures = task.figures(val)
        #expect(figures.first { $0.name == "audio" }?.value == 1)
        #expect(figures.first { $0.name == "visual" }?.value == 0)
        recipe.quirks = []
        let clean = QuestionAnswering(
            recipe, vocabulary: ["yes", "no"], segments: 10, words: nil, test: test)
        #expect(clean.figures(val).first { $0.name == "audio" }?.value == 0.5)
        #expect(task.selectingFigure(val) == clean.selectingFigure(val))
    }
}

private let annotations = ProcessInfo.processInfo.environment["AVPREP_ANNOTATIONS"]
