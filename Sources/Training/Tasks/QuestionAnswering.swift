import Datasets
import Neural
import Tensors

/// Audio-visual question answering: of each question the answer, one of those in the vocabulary.
///
/// Source: Li et al., *Learning to Answer Questions in Dynamic Audio-Visual Scenarios*, CVPR 2022.
struct QuestionAnswering: LearningTask {
    let labels: [String]
    let room: Int
    let words: QuestionWords?
    private let segments: Int
    private let answers: [String: Int]
    private let recipe: TrainingRecipe

    /// What the types of questions are taken from in training, where that is a published mistake.
    private let testTypes: [QuestionType?]

    /// - Parameters:
    ///   - recipe: Of the run.
    ///   - vocabulary: The answers.
    ///   - segments: Of a clip.
    ///   - words: Those of questions, if they are read.
    ///   - test: The samples of test, whose types alone are looked at, if the recipe wants that quirk.
    init(
        _ recipe: TrainingRecipe, vocabulary: [String], segments: Int, words: QuestionWords?,
        test: [Sample] = []
    ) {
        (labels, self.segments, self.words, self.recipe) = (vocabulary, segments, words, recipe)
        answers = Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) })
        room = recipe.groupBy == .clip ? recipe.questionsPerClip : 1
        testTypes = recipe.has(.typesFromTestFile) ? test.map { QuestionType($0) } : []
    }

    var rowsPerSample: Int { 1 }
    var decision: Decision { .largest }

    func truth(of sample: Sample) -> [Int] { [sample.answer.flatMap { answers[$0] } ?? -1] }

    /// Questions of one clip in their order, as many together as there is room for; an item stands where
    /// its first question does.
    func items(of samples: [Sample]) -> [[Int]] {
        var items: [[Int]] = [], open: [ClipPair: Int] = [:]
        for (index, sample) in samples.enumerated() {
            let clip = ClipPair(sample)
            if let item = open[clip], items[item].count < room {
                items[item].append(index)
            } else {
                open[clip] = items.count
                items.append([index])
            }
        }
        return items
    }

    func targetTables(
        _ samples: [Sample], items: [[Int]]
    ) -> [BatchTensor: TargetTable] {
        let answers = items.map { item in
            (0..<room).map { $0 < item.count ? truth(of: samples[item[$0]])[0] : -1 }
        }
        return [.labels: TargetTable(answers, classes: labels.count, recipe.loss)]
    }

    func write(
        _ tensors: inout TaskTensors, _ plan: BatchPlan, _ samples: [Sample], items: [[Int]]
    ) {
        guard let key = plan.draws else { return }
        let clips = items.map { samples[$0[0]].clip }
        if tensors.contains(.partners) {
            writePartners(&tensors[.partners].elements, plan, key, clips)
        }
        guard tensors.contains(.matches) else { return }
        // A frame counts for each question of its clip, as if each had been read with frames of its own.
        let questions = plan.update.map { items[$0].count }.reduce(0, +)
        let hasPartners = !tensors.contains(.partners) || Self.places(plan, clips).count > 1
        let rows = plan.items.count * segments
        for (place, item) in plan.items.enumerated() {
            let weight =
                hasPartners
                ? Float(items[item].count) / Float(2 * segments * max(questions, 1)) : 0
            for row in place * segments..<(place + 1) * segments {
                tensors[.matches].write([0, weight], at: 2 * row)
                tensors[.matches].write([weight, 0], at: 2 * (rows + row))
            }
        }
    }

    /// Draws for each segment one of another clip of the batch, which depends on the clips in it alone.
    private func writePartners(
        _ partners: inout [Float], _ plan: BatchPlan, _ draws: BatchPlan.Noise,
        _ clips: [String]
    ) {
        let all = Self.places(plan, clips)
        for (place, item) in plan.items.enumerated() {
            let clip = clips[item], others = all.filter { $0.clip != clip }
            var generator = NoiseKey(seed: draws.seed, epoch: draws.epoch, sample: clip)
                .generator(.negatives)
            for segment in 0..<segments {
                let other = others.randomElement(using: &generator)?.place ?? place
                let frame = Int.random(in: 0..<segments, using: &generator)
                partners[place * segments + segment] = Float(other * segments + frame)
            }
        }
    }

    /// The clips of a batch in order of their names, each with the first place that has it.
    private static func places(
        _ plan: BatchPlan, _ clips: [String]
    ) -> [(clip: String, place: Int)] {
        var places: [String: Int] = [:]
        for (place, item) in plan.items.enumerated() {
            places[clips[item]] = places[clips[item]] ?? place
        }
        return places.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The cross-entropy of the answer, and that of whether sight and sound belong together.
    func loss(_ outputs: HeadOutputs, _ targets: TaskVariables) -> Variable {
        let answer = outputs.scores.crossEntropy(targets: targets[.labels])
        guard let matches = outputs.parts[.matches] else { return answer }
        return answer
            + matches.crossEntropy(targets: targets[.matches]).times(Float(recipe.head.matchWeight))
    }

    func selectingFigure(_ judged: Judgement) -> Double { judged.accuracy }

    func figures(_ judged: Judgement) -> [Figure] {
        let types = judged.samples.indices.map { index in
            testTypes.isEmpty || judged.samples[index].split == "test"
                ? QuestionType(judged.samples[index])
                : index < testTypes.count ? testTypes[index] : nil
        }
        return QuestionType.figures(judged, types: types)
    }
}

/// The pictures and the sound of a sample, which in some editions are of two clips.
private struct ClipPair: Hashable {
    let visual: String
    let audio: String?

    init(_ sample: Sample) { (visual, audio) = (sample.clip, sample.audioClip) }
}
