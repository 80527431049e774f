import Tensors

/// Parameters that are updated with the same settings.
public struct ParameterGroup {
    public let parameters: [Parameter]

    /// The rate that a schedule's factor multiplies.
    public var learningRate: Double

    /// λ: with decoupled decay the share of a parameter that a step takes away, before it is
    /// multiplied by the learning rate; else the share of it that is added to the gradient.
    public var weightDecay: Double

    public init(_ parameters: [Parameter], learningRate: Double, weightDecay: Double = 0) {
        self.parameters = parameters
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }

    /// Groups of one rate: matrices, which decay unless they say otherwise, and all else, which does not.
    public static func decayingMatrices(
        of parameters: [Parameter], learningRate: Double, weightDecay: Double
    ) -> [ParameterGroup] {
        func isDecayed(_ parameter: Parameter) -> Bool {
            parameter.value.shape.count >= 2 && parameter.decays
        }
        let matrices = parameters.filter(isDecayed)
        let others = parameters.filter { !isDecayed($0) }
        return [
            ParameterGroup(matrices, learningRate: learningRate, weightDecay: weightDecay),
            ParameterGroup(others, learningRate: learningRate),
        ]
    }

    /// Groups whose rates fall from the topmost layer downwards: η · decayᴸ⁻¹⁻ˡ for layer l of L.
    ///
    /// Source: Clark et al., *ELECTRA*, 2020 (arXiv:2003.10555), appendix A.
    ///
    /// - Parameters:
    ///   - layers: Parameters by layer, lowest first.
    ///   - learningRate: η, of the topmost layer.
    ///   - layerDecay: Factor from a layer to the one below.
    ///   - weightDecay: Of matrices.
    /// - Returns: Two groups for each layer, lowest first.
    public static func layerwise(
        _ layers: [[Parameter]], learningRate: Double, layerDecay: Double, weightDecay: Double
    ) -> [ParameterGroup] {
        var rate = learningRate
        var groups: [[ParameterGroup]] = []
        for layer in layers.reversed() {
            groups.append(
                decayingMatrices(of: layer, learningRate: rate, weightDecay: weightDecay))
            rate *= layerDecay
        }
        return groups.reversed().flatMap(\.self)
    }
}
