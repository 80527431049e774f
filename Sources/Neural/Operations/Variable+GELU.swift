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
        return tape.record(Kernel.gelu(x.value, on: pool), from: x) { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addGELUGradient(to: &$0, dy, x.value, on: pool)
            }
        }
    }
}
