import Tensors

extension Variable {
    /// Sets each element to zero with a probability, and scales up the others.
    ///
    ///     y = x · m / (1 − p),   m = 1 with probability 1 − p, else 0
    ///     dx = dy · m / (1 − p)
    ///
    /// Masks are functions of the tape's noise, which dropout of the model this is, and the element's
    /// index within its sample. With p = 0, and on a tape without noise as in evaluation, the result
    /// is the receiver.
    ///
    /// Source: Srivastava et al., *Dropout*, 2014, §4, in the form that scales during training.
    ///
    /// - Parameter probability: p, in 0..<1.
    /// - Returns: The shape of the receiver.
    public func dropout(_ probability: Float) -> Variable {
        precondition(0 <= probability && probability < 1, "dropout of \(probability)")
        guard probability > 0, let noise = tape.noise else { return self }
        let x = self, pool = tape.pool, site = tape.nextNoisySite()
        return tape.record(shape, from: [x, tape.input([0])]) { y in
            y.fill(0)
            Kernel.addDropped(x.value, probability, noise, site: site, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addDropped(dy, probability, noise, site: site, to: &$0, on: pool)
            }
        }
    }
}
