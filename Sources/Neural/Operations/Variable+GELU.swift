import Tensors

extension Variable {
    /// Gaussian error linear unit, in its exact form.
    ///
    ///     y = x · Φ(x)
    ///     dx = dy · (Φ(x) + x · φ(x))
    ///
    /// with the normal distribution function Φ and its density φ.
    ///
    /// Source: Hendrycks, Gimpel, *Gaussian Error Linear Units*, 2016 (arXiv:1606.08415), §2.
    public func gelu() -> Variable {
        let x = self, pool = tape.pool
        return tape.record(shape, from: [x]) { y in
            Kernel.gelu(x.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addGELUGradient(to: &$0, dy, x.value, on: pool)
            }
        }
    }
}
