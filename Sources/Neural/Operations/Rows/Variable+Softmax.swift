import Tensors

extension Variable {
    /// Softmax of each row, where a mask may exclude elements.
    ///
    ///     y = softmax(s · x + m) by rows
    ///     dx = s · y · (dy − Σ y · dy)
    ///
    /// Where the mask is −∞, y is exactly 0; also in a row that is excluded altogether.
    ///
    /// - Parameters:
    ///   - scale: s, the reciprocal of a temperature.
    ///   - mask: m, nothing that is differentiated; its shape consists of the last axes of the receiver's,
    ///     and it is the same along the others.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func softmax(scale: Float = 1, mask: Variable? = nil) -> Variable {
        let x = self, pool = tape.pool, slope = tape.scratch(shape)
        if let mask {
            precondition(!mask.needsGradient, "the mask of a softmax is not differentiated")
            precondition(
                !mask.shape.isEmpty && Array(shape.suffix(mask.shape.count)) == mask.shape,
                "\(shape) is masked by \(mask.shape)")
        }
        return tape.record(shape, from: [x] + (mask.map { [$0] } ?? [])) { y in
            Kernel.softmax(x.value, times: scale, mask: mask?.value, to: &y, on: pool)
        } pullbackOfOutput: { y, dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.softmaxGradient(dy, of: y, to: &slope.value, on: pool)
                Kernel.scale(slope.value, by: scale, to: &dx, adding: adding, on: pool)
            }
        }
    }
}
