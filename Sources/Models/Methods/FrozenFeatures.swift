public import Neural

/// No method: the task head reads the frozen streams as they are.
public struct FrozenFeatures: Method {
    public var parameters: [Parameter] { [] }

    public init() {}

    public func callAsFunction(
        visual: StreamStates, audio: StreamStates
    ) -> (visual: Variable, audio: Variable) {
        (visual.final, audio.final)
    }
}
