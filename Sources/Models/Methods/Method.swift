public import Neural

/// What a ladder reads of one stream: states that never change, a row for each segment.
public struct StreamStates {
    /// The tapped layers, lowest first.
    public let taps: [Tap]

    /// The class token after the backbone's final norm, `[rows, C]`.
    public let final: Variable

    /// A layer's cached tokens.
    public struct Tap {
        /// `[rows, C]`.
        public let classToken: Variable

        /// `[rows, N, C]`.
        public let patches: Variable

        public init(classToken: Variable, patches: Variable) {
            self.classToken = classToken
            self.patches = patches
        }
    }

    public init(taps: [Tap], final: Variable) {
        self.taps = taps
        self.final = final
    }
}

/// A way to adapt frozen streams whose token states are cached.
public protocol Method: Module {
    /// Adapts both streams.
    ///
    /// - Returns: A row for each segment and stream, `[rows, C]`, of the same widths as `final`.
    func callAsFunction(visual: StreamStates, audio: StreamStates) -> (
        visual: Variable, audio: Variable
    )
}
