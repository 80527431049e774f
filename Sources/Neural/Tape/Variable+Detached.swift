extension Variable {
    /// The same elements, at which differentiation ends.
    ///
    ///     y = x,   dx = 0
    ///
    /// Both are one and the same memory, and nothing is recorded.
    public func detached() -> Variable {
        guard needsGradient else { return self }
        return Variable(shape: shape, tape: tape, box: box, origin: .varying)
    }
}
