public import Tensors

/// Layer normalisation of rows whose scale and shift never change.
///
/// See ``Variable/layerNorm(_:_:epsilon:)`` for the formula.
public struct FrozenLayerNorm: Sendable {
    public let weight: Tensor
    public let bias: Tensor
    public let epsilon: Float

    /// Creates a map of rows of `C` elements.
    ///
    /// - Parameters:
    ///   - weight: `[C]`, scale.
    ///   - bias: `[C]`, shift.
    ///   - epsilon: Added to the variance; part of a backbone's configuration.
    public init(weight: Tensor, bias: Tensor, epsilon: Float) {
        precondition(weight.shape.count == 1 && bias.shape == weight.shape)
        (self.weight, self.bias, self.epsilon) = (weight, bias, epsilon)
    }

    /// Maps `[..., C]` to the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = Tensor(shape: x.shape)
        apply(x, to: &y)
        return y
    }

    /// Maps `[..., C]` to the same shape, overwriting the elements of `y`.
    public func apply(_ x: Tensor, to y: inout Tensor) {
        precondition(y.count == x.count && y.columns == x.columns)
        x.elements.withUnsafeBufferPointer { x in
            y.elements.withUnsafeMutableBufferPointer { y in
                guard let source = x.baseAddress, let target = y.baseAddress else { return }
                normalise(source, count: x.count, to: target)
            }
        }
    }

    /// Maps `[..., C]` to rows for a product.
    public func apply(_ x: Tensor, to y: Activations) {
        y.resize(rows: x.rows, columns: x.columns)
        y.withMutableElements { target in
            x.elements.withUnsafeBufferPointer {
                normalise($0.baseAddress!, count: $0.count, to: target)
            }
        }
    }

    /// Normalises the rows of `x`, `[..., C]`, where they are.
    public func apply(to x: inout Tensor) {
        x.elements.withUnsafeMutableBufferPointer {
            guard let start = $0.baseAddress else { return }
            normalise(start, count: $0.count, to: start)
        }
    }

    /// Normalises some rows of `x`, `[..., C]`, where they are.
    public func apply(to x: inout Tensor, rows: Range<Int>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= x.rows && x.columns == weight.count)
        let width = weight.count
        x.elements.withUnsafeMutableBufferPointer {
            guard let start = $0.baseAddress, !rows.isEmpty else { return }
            let first = start + rows.lowerBound * width
            normalise(first, count: rows.count * width, to: first)
        }
    }

    private func normalise(
        _ x: UnsafePointer<Float>, count: Int, to y: UnsafeMutablePointer<Float>
    ) {
        precondition(count % weight.count == 0, "\(count) elements in rows of \(weight.count)")
        Kernel.normaliseRows(x, count: count, gamma: weight, beta: bias, epsilon: epsilon, to: y)
    }
}
