import Tensors

extension Variable {
    /// Normalises each row by a norm that never changes; see ``layerNorm(_:_:epsilon:)``.
    ///
    /// The bits are those of ``FrozenLayerNorm/apply(_:to:)-(Tensor,_)``.
    ///
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func frozenLayerNorm(_ norm: FrozenLayerNorm) -> Variable {
        let x = self, pool = tape.pool
        precondition(shape.last == norm.weight.count, "\(shape) normed by \(norm.weight.count)")
        let moments = tape.scratch([2, shape.dropLast().reduce(1, *)])
        return tape.record(shape, from: [x]) { y in
            norm.apply(x.value, to: &y, moments: &moments.value, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                norm.addInputGradient(dy, x.value, moments: moments.value, to: &$0, on: pool)
            }
        }
    }
}
