import Neural

/// What training makes small where events are localised.
enum EventObjective: Sendable, Equatable {
    /// The label of each segment: its cross-entropy, or as LAVISH's code has it the binary one of the
    /// softmax with a one-hot vector.
    case segments(isBinary: Bool)

    /// The event of the clip, by the largest score of each class over time: its cross-entropy, or as
    /// published the multi-label soft margin of the softmax, which applies σ to what is a probability.
    ///
    /// Source: Tian et al., ECCV 2018, §5; the authors' code, `weak_supervised_main.py`.
    case clips(segments: Int, isMargin: Bool)

    /// CMBS, fully supervised: foreground by e and by the gate g, the clip's event by u and by av.
    ///
    ///     BCE(σ(e), y_fg) + BCE(g, y_fg) + CE(u, y) + CE(av, y)
    ///
    /// In the authors' code the gate, a product of two probabilities, passes σ once more.
    case gated(isGatePassedTwice: Bool)

    init(_ recipe: TrainingRecipe, segments: Int) {
        switch (recipe.supervision, recipe.head.name) {
        case (.full, "cmbs"): self = .gated(isGatePassedTwice: recipe.has(.gateDoubleSigmoid))
        case (.full, _): self = .segments(isBinary: recipe.has(.binaryOnSoftmax))
        case (.weak, _):
            self = .clips(segments: segments, isMargin: recipe.has(.softmaxThenMargin))
        }
    }

    /// The loss of a batch, as a part of that of its update.
    func loss(_ outputs: HeadOutputs, _ targets: TaskVariables) -> Variable {
        func share(_ loss: Variable) -> Variable {
            loss.reshaped(to: [1, 1]).scalingRows(by: targets[.share]).reshaped(to: [])
        }
        switch self {
        case .segments(let isBinary):
            guard isBinary else { return outputs.scores.crossEntropy(targets: targets[.labels]) }
            return share(
                outputs.scores.softmax().binaryCrossEntropy(targets: targets[.labels]))
        case .clips(let segments, let isMargin):
            let scores = outputs.parts[.clip] ?? Self.largest(outputs.scores, segments)
            guard isMargin else { return scores.crossEntropy(targets: targets[.clips]) }
            return share(scores.softmax().binaryCrossEntropyWithLogits(targets: targets[.clips]))
        case .gated(let isGatePassedTwice):
            let foreground = targets[.foreground], clips = targets[.clips]
            let gate = outputs[.gate]
            return share(outputs[.event].binaryCrossEntropyWithLogits(targets: foreground))
                + share(
                    isGatePassedTwice
                        ? gate.binaryCrossEntropyWithLogits(targets: foreground)
                        : gate.binaryCrossEntropy(targets: foreground))
                + outputs[.clip].crossEntropy(targets: clips)
                + outputs[.streams].crossEntropy(targets: clips)
        }
    }

    private static func largest(_ scores: Variable, _ segments: Int) -> Variable {
        scores.reshaped(to: [scores.rows / segments, segments, scores.columns])
            .maximumOverTokens()
    }
}
