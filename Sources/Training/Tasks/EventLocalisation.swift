import Datasets
import Neural
import Tensors

/// Audio-visual event localisation: of each segment which event is seen and heard, or none.
///
/// Source: Tian et al., *Audio-Visual Event Localization in Unconstrained Videos*, ECCV 2018.
struct EventLocalisation: LearningTask {
    let labels: [String]
    private let segments: Int
    private let segmentDuration: Double
    private let classes: [String: Int]
    private let recipe: TrainingRecipe
    let objective: EventObjective

    /// The task of clips with events of a vocabulary; background follows the last.
    init(_ recipe: TrainingRecipe, vocabulary: [String], segments: Int, segmentDuration: Double) {
        labels = vocabulary + ["background"]
        (self.segments, self.segmentDuration, self.recipe) = (segments, segmentDuration, recipe)
        classes = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
        objective = EventObjective(recipe, segments: segments)
    }

    var rowsPerSample: Int { segments }
    var room: Int { 1 }
    var words: QuestionWords? { nil }
    private var background: Int { labels.count - 1 }

    func truth(of sample: Sample) -> [Int] {
        SegmentLabels.labels(
            of: sample, vocabulary: classes, segments: segments, segmentDuration: segmentDuration)
    }

    /// The event of a clip; background if it has none, though not if it has one that lasts no time.
    private func event(of sample: Sample) -> Int {
        sample.events.first.flatMap { classes[$0.name] } ?? background
    }

    func targetTables(
        _ samples: [Sample], items: [[Int]]
    ) -> [BatchTensor: TargetTable] {
        let events = samples.map { [event(of: $0)] }, segments = samples.map(truth(of:))
        func table(_ labels: [[Int]], classes: Int, isMean: Bool = true) -> TargetTable {
            TargetTable(labels, classes: classes, recipe.loss, isMean: isMean)
        }
        switch objective {
        case .segments(let isBinary):
            return [.labels: table(segments, classes: labels.count, isMean: !isBinary)]
        case .clips(_, let isMargin):
            return [.clips: table(events, classes: labels.count, isMean: !isMargin)]
        case .gated:
            let foreground = segments.map { $0.map { $0 == background ? -1 : 0 } }
            // A clip without an event has no class of its own.
            let known = events.map { $0.map { $0 == background ? -1 : $0 } }
            return [
                .clips: table(known, classes: background),
                .foreground: TargetTable(
                    foreground, classes: 1, TrainingRecipe.Loss(), isMean: false),
            ]
        }
    }

    func write(
        _ tensors: inout TaskTensors, _ plan: BatchPlan, _ samples: [Sample], items: [[Int]]
    ) {}

    func loss(_ outputs: HeadOutputs, _ targets: TaskVariables) -> Variable {
        objective.loss(outputs, targets)
    }

    var decision: Decision {
        guard recipe.head.name == "cmbs" else { return .largest }
        return recipe.supervision == .full
            ? .eventLogit : .eventProbability(isPassedTwice: recipe.has(.weakDoubleSigmoid))
    }

    func selectingFigure(_ judged: Judgement) -> Double {
        guard recipe.has(.batchMean) else { return judged.accuracy }
        return judged.batches.map { judged.accuracy($0) }.reduce(0, +)
            / Double(max(judged.batches.count, 1))
    }

    func figures(_ judged: Judgement) -> [Figure] {
        guard recipe.has(.batchMean) else { return [] }
        return [
            Figure(
                name: "mean over batches", value: selectingFigure(judged),
                count: judged.batches.count)
        ]
    }
}
