/// Parameters that are updated with the same settings.
public struct ParameterGroup {
    public let parameters: [Parameter]

    /// The rate that a schedule's factor multiplies.
    public var learningRate: Double

    /// Share of a parameter that a step takes away, before it is multiplied by the learning rate.
    public var weightDecay: Double

    public init(_ parameters: [Parameter], learningRate: Double, weightDecay: Double = 0) {
        self.parameters = parameters
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }
}
