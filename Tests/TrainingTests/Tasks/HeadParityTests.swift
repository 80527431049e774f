import Datasets
import Models
import Neural
import Tensors
import TestSupport
import Testing

@testable import Training

/// Scores, losses and gradients of all heads, against the PyTorch modules that exported adapters load.
@Suite struct HeadParityTests {
    static let clips = 2
    static let segments = 5
    static let tokens = 7
    static let questions = 3

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var recipe = TrainingRecipe()
        var widths: [Models.Stream: Int] = [.visual: 20, .audio: 12]
        var quirk: Quirk.Kind?

        var testDescription: String { name }

        init(_ name: String, _ head: String, _ change: (inout Case) -> Void) {
            self.name = name
            recipe.head.name = head
            recipe.head.hidden = 24
            change(&self)
        }
    }

    static let events: [Case] = {
        var cases: [Case] = []
        for head in ["linear", "mlp", "lavish", "attention-pooling", "cmbs"] {
            cases.append(
                Case("\(head)-full", head) {
                    $0.quirk = head == "cmbs" ? .gateDoubleSigmoid : .binaryOnSoftmax
                })
            cases.append(
                Case("\(head)-weak", head) {
                    $0.recipe.supervision = .weak
                    $0.quirk = .softmaxThenMargin
                })
        }
        cases.append(
            Case("cmbs-spatial", "cmbs") {
                $0.widths = [.visual: 24, .audio: 128]
                $0.recipe.head.spatialAttention = true
            })
        cases.append(
            Case("cmbs-plain", "cmbs") {
                $0.recipe.head.interModules = false
                $0.recipe.head.gateFactor = 0.3
            })
        return cases
    }()

    static let answers: [Case] = {
        var cases: [Case] = []
        func add(
            _ name: String, _ head: String, _ question: TrainingRecipe.Question,
            _ negatives: TrainingRecipe.Negatives = .auto, visual: Int = 20
        ) {
            cases.append(
                Case(name, head) {
                    $0.recipe.task = .avqa
                    $0.recipe.groupBy = .clip
                    $0.recipe.questionsPerClip = questions
                    $0.recipe.head.question = question
                    $0.recipe.head.negatives = negatives
                    $0.widths = [.visual: visual, .audio: 12, .text: 10]
                })
        }
        for question in [TrainingRecipe.Question.encoder, .lstm] {
            for head in ["linear", "mlp", "question"] {
                add("\(head)-\(question)", head, question)
            }
            add("st-avqa-\(question)-in-batch", "st-avqa", question, .inBatch)
            add("st-avqa-\(question)-frozen", "st-avqa", question, .frozen)
        }
        add("st-avqa-512", "st-avqa", .encoder, .inBatch, visual: 512)
        return cases
    }()

    /// The head of a case with the parameters of the references.
    private func head(_ own: Case, classes: Int) throws -> any Head {
        var generator = SplitMix64(seed: 1)
        let words = QuestionWords([])
        let head = try HeadCatalog.make(
            .init(recipe: own.recipe, widths: own.widths, classes: classes, words: words),
            using: &generator)
        MadeNumbers.fill(head.parameters)
        return head
    }

    private func inputs(
        _ own: Case, _ tensors: TaskVariables, isTraining: Bool, on tape: Tape
    ) -> HeadInputs {
        let rows = Self.clips * Self.segments
        func tokens(_ stream: Models.Stream, _ k: Int) -> Variable {
            tape.constant(
                MadeNumbers.tensor([rows, Self.tokens, own.widths[stream] ?? 0], k))
        }
        var streams = AdaptedStreams()
        for (stream, k) in [(Models.Stream.visual, 500), (.audio, 501), (.text, 502)] {
            guard let width = own.widths[stream] else { continue }
            let count = stream == .text ? Self.clips * Self.questions : rows
            streams.set(
                stream, to: tape.constant(MadeNumbers.tensor([count, width], k)),
                tokens: stream == .text ? nil : tokens(stream, k + 3))
        }
        return HeadInputs(
            streams: streams, segments: Self.segments, tensors: tensors,
            patches: { tokens($0, $0 == .visual ? 503 : 504) }, isTraining: isTraining)
    }

    /// Compares the loss of a head, its scores and all gradients.
    private func compare(
        _ own: Case, _ task: any LearningTask, _ tensors: TaskTensors, key: String = "loss",
        gradients: Bool = true
    ) throws {
        let reference = try Reference.tensors("heads")
        let head = try head(own, classes: task.labels.count)
        let scores = withTape(recording: false) { tape in
            head(
                inputs(
                    own, tensors.variables(isTraining: false) { tape.constant($0) },
                    isTraining: false, on: tape)
            )
            .scores.value
        }
        #expect(relativeError(scores, try reference.tensor("\(own.name)/scores")) < 1e-5)
        let loss = withTape { tape in
            let variables = tensors.variables(isTraining: true) { tape.constant($0) }
            let loss = task.loss(
                head(inputs(own, variables, isTraining: true, on: tape)), variables)
            tape.backward(from: loss)
            return loss.value
        }
        let expected = try reference.tensor("\(own.name)/\(key)").elements[0]
        #expect(abs(loss.elements[0] - expected) < 1e-5 * max(1, abs(expected)), "\(key)")
        guard gradients else { return }
        let names = reference.entries.keys.filter { $0.hasPrefix("\(own.name)/gradient/") }
        #expect(names.count == head.parameters.count)
        for (k, parameter) in MadeNumbers.sorted(head.parameters).enumerated() {
            let name = "\(own.name)/gradient/\(parameter.name.dropFirst(5))"
            let numbers = try reference.tensor(name).elements.map(Double.init)
            let gradient = parameter.gradient ?? Tensor(shape: parameter.value.shape)
            let direction = MadeNumbers.tensor(for: parameter, k + 1000)
            var (square, product) = (0.0, 0.0)
            for (g, d) in zip(gradient.elements, direction.elements) {
                square += Double(g) * Double(g)
                product += Double(g) * Double(d)
            }
            let norm = square.squareRoot()
            // What depends on nothing but rounding is no gradient, such as that of a key's bias.
            #expect(abs(norm - numbers[0]) < 1e-4 * numbers[0] + 1e-7, "\(name)")
            #expect(abs(product - numbers[1]) < 2e-4 * numbers[0] + 1e-6, "\(name)")
        }
    }

    private static let samples = [
        Sample(id: "0", clip: "a", split: "train", events: [Event(name: "3", start: 1, end: 4)]),
        Sample(id: "1", clip: "b", split: "train", events: [Event(name: "9", start: 0, end: 5)]),
    ]

    @Test(arguments: events) func eventsAreThoseOfPyTorch(own: Case) throws {
        func check(_ recipe: TrainingRecipe, key: String, gradients: Bool) throws {
            let task = EventLocalisation(
                recipe, vocabulary: (0..<28).map(String.init), segments: Self.segments,
                segmentDuration: 1)
            let tables = task.targetTables(Self.samples, items: [[0], [1]])
            var shapes: [BatchTensor: [Int]] = [.share: [1]]
            for (name, table) in tables {
                shapes[name] = [2 * table.labels[0].count, table.classes]
            }
            var tensors = TaskTensors(shapes)
            tensors[.share].elements[0] = 1
            for (name, table) in tables {
                table.write(
                    BatchPlan(items: [0, 1], update: [0, 1]), mixture: { _ in nil },
                    to: &tensors[name].elements)
            }
            try compare(own, task, tensors, key: key, gradients: gradients)
        }
        try check(own.recipe, key: "loss", gradients: true)
        guard let quirk = own.quirk else { return }
        var recipe = own.recipe
        recipe.quirks = [Quirk(quirk)]
        try check(recipe, key: quirk.number, gradients: false)
    }

    @Test(arguments: answers) func answersAreThoseOfPyTorch(own: Case) throws {
        let rows = Self.clips * Self.segments, count = Self.clips * Self.questions
        let task = QuestionAnswering(
            own.recipe, vocabulary: (0..<42).map(String.init), segments: Self.segments, words: nil)
        let samples = [4, 0, 41, 7, 7, 12].enumerated().map { index, answer in
            Sample(
                id: "\(index)", clip: index < Self.questions ? "a" : "b", split: "train",
                answer: "\(answer)")
        }
        let items = task.items(of: samples)
        #expect(items == [[0, 1, 2], [3, 4, 5]])
        var shapes: [BatchTensor: [Int]] = [.labels: [count, 42], .words: [count, 6]]
        let isFrozen = own.recipe.negatives == .frozen
        if own.recipe.negatives != nil {
            shapes[.matches] = [2 * rows, 2]
            shapes[isFrozen ? .negatives : .partners] =
                isFrozen ? [rows, Self.tokens, own.widths[.visual] ?? 0] : [rows]
        }
        var tensors = TaskTensors(shapes)
        for i in 0..<count * 6 {
            let place = (MadeNumbers.element(i, 505) + 1) / 2 * 93
            tensors[.words].elements[i] = min(92, place.rounded(.down))
        }
        let plan = BatchPlan(
            items: [0, 1], update: [0, 1], draws: BatchPlan.Noise(seed: 0, epoch: 1))
        task.targetTables(samples, items: items)[.labels]?.write(
            plan, mixture: { _ in nil }, to: &tensors[.labels].elements)
        task.write(&tensors, plan, samples, items: items)
        if isFrozen { tensors[.negatives] = MadeNumbers.tensor(shapes[.negatives] ?? [], 506) }
        // The references have for each frame that of the other clip at the same time.
        if tensors.contains(.partners) {
            tensors[.partners] = Tensor(
                (0..<rows).map { Float(($0 + Self.segments) % rows) }, shape: [rows])
        }
        try compare(own, task, tensors)
    }

    /// Used parameters, as published code has them: methods.md §4 gives the sums.
    @Test(arguments: [
        ("linear", 768, 768, 44_573), ("mlp", 768, 768, 801_821), ("lavish", 768, 768, 801_821),
        ("cmbs", 768, 768, 8_015_831), ("cmbs", 1024, 1024, 8_179_671),
        ("cmbs", 1536, 768, 8_409_047), ("cmbs-plain", 1536, 768, 7_881_687),
        ("cmbs-spatial", 512, 128, 9_200_473), ("cmbs-spatial-weak", 512, 128, 9_395_518),
        ("st-avqa", 512, 128, 7_916_716), ("st-avqa", 1536, 1536, 9_424_556),
    ])
    func headsAreAsLargeAsPublished(name: String, visual: Int, audio: Int, count: Int) throws {
        let parts = name.split(separator: "-").map(String.init)
        var recipe = TrainingRecipe()
        recipe.head.name = name == "st-avqa" ? name : parts[0]
        recipe.head.interModules = !parts.contains("plain")
        recipe.head.spatialAttention = parts.contains("spatial")
        recipe.head.question = .lstm
        recipe.supervision = parts.contains("weak") ? .weak : .full
        recipe.task = name == "st-avqa" ? .avqa : .avel
        var generator = SplitMix64(seed: 0)
        let head = try HeadCatalog.make(
            .init(
                recipe: recipe, widths: [.visual: visual, .audio: audio],
                classes: recipe.task == .avqa ? 42 : 29, words: QuestionWords([])),
            using: &generator)
        #expect(head.parameters.map(\.value.count).reduce(0, +) == count)
        #expect(Set(head.parameters.map(\.name)).count == head.parameters.count)
    }
}
