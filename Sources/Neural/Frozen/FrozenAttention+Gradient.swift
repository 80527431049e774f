import CKernels
import Tensors

extension FrozenAttention {
    /// Queries whose scores are held at once on the way back.
    private static let panel = 128

    /// Where the derivatives of one head go.
    ///
    /// Those of tokens are added, those of prompts set.
    struct HeadGradient {
        /// The cotangent of the first token's output, whose rows lie `width` elements apart.
        var dy: UnsafePointer<Float>

        /// That of the first token's queries, keys and values, which lie as they do; nil if not needed.
        var dqkv: UnsafeMutablePointer<Float>?

        /// That of the first prompt's; nil if there are none.
        var dprompts: UnsafeMutablePointer<Float>?
    }

    /// Differentiates a head.
    ///
    /// Scores are computed again, for a panel of queries at a time.
    ///
    ///     P = softmax(S),   dS = P · (dP − Σ P · dP) by rows with dP = dy Vᵀ
    ///     dV = Pᵀ dy,   dQ = s · dS K,   dK = s · dSᵀ Q
    ///
    /// Of a query or key that was divided by its length, x̂ = x / |x|:  dx = (dx̂ − x̂ ⟨x̂, dx̂⟩) / |x|.
    func differentiate(_ h: AttendingHead, _ gradient: HeadGradient, in workspace: Workspace) {
        let d = headWidth, n = h.keys, stride = 3 * width, scale = scales[h.head]
        let panel = min(Self.panel, h.tokens)
        var memory = workspace.floats(2 * panel * n + 4 * n * d + 2 * panel * d + n + panel)
        func take(_ count: Int) -> UnsafeMutablePointer<Float> {
            defer { memory += count }
            return memory
        }
        let p = take(panel * n), ds = take(panel * n)
        let keys = take(n * d), values = take(n * d), dkeys = take(n * d), dvalues = take(n * d)
        let queries = take(panel * d), dqueries = take(panel * d)
        let keyFactors = take(n), queryFactors = take(panel)
        dkeys.update(repeating: 0, count: n * d)
        dvalues.update(repeating: 0, count: n * d)
        for row in 0..<n {
            let source = h.row(row, stride: stride) + h.head * d
            keyFactors[row] = load(source + width, to: keys + row * d)
            (values + row * d).update(from: source + 2 * width, count: d)
        }
        let keyMatrix = MatrixView(keys, n, d, stride: d)
        let valueMatrix = MatrixView(values, n, d, stride: d)

        for first in Swift.stride(from: 0, to: h.tokens, by: panel) {
            let rows = min(panel, h.tokens - first)
            for row in 0..<rows {
                let source = h.qkv + (first + row) * stride + h.head * d
                queryFactors[row] = load(source, to: queries + row * d)
            }
            let queryMatrix = MatrixView(queries, rows, d, stride: d)
            Kernel.multiply(queryMatrix, keyMatrix.transposed, times: scale, to: p, stride: n)
            softmax(p, rows, h, first: first)
            let dy = MatrixView(
                gradient.dy + first * width + h.head * d, rows, d, stride: width)
            let weights = MatrixView(p, rows, n, stride: n)
            Kernel.multiply(dy, valueMatrix.transposed, to: ds, stride: n)
            Kernel.multiply(weights.transposed, dy, to: dvalues, stride: d, adding: true)
            avprep_softmax_dx(ds, p, rows, n)
            let scores = MatrixView(ds, rows, n, stride: n)
            Kernel.multiply(
                scores.transposed, queryMatrix, times: scale, to: dkeys, stride: d, adding: true)
            guard let dqkv = gradient.dqkv else { continue }
            Kernel.multiply(scores, keyMatrix, times: scale, to: dqueries, stride: d)
            for row in 0..<rows {
                add(
                    dqueries + row * d, of: queries + row * d, queryFactors[row],
                    to: dqkv + (first + row) * stride + h.head * d)
            }
        }
        for row in 0..<n {
            let target: UnsafeMutablePointer<Float>
            if row < h.prompts {
                guard let dprompts = gradient.dprompts else { continue }
                target = dprompts + row * stride + h.head * d
                for third in 0..<3 { (target + third * width).update(repeating: 0, count: d) }
            } else {
                guard let dqkv = gradient.dqkv else { continue }
                target = dqkv + (row - h.prompts) * stride + h.head * d
            }
            add(dkeys + row * d, of: keys + row * d, keyFactors[row], to: target + width)
            for i in 0..<d { target[2 * width + i] += dvalues[row * d + i] }
        }
    }

    /// Copies a query or key, divided by its length if scores are cosines; returns the factor.
    private func load(
        _ x: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
    ) -> Float {
        guard isCosine else {
            target.update(from: x, count: headWidth)
            return 1
        }
        var squares: Float = 0
        for i in 0..<headWidth { squares += x[i] * x[i] }
        let factor = 1 / max(squares.squareRoot(), 1e-12)
        for i in 0..<headWidth { target[i] = x[i] * factor }
        return factor
    }

    /// Adds the derivative of a query or key, given that of what it was divided to.
    private func add(
        _ dx: UnsafePointer<Float>, of unit: UnsafePointer<Float>, _ factor: Float,
        to target: UnsafeMutablePointer<Float>
    ) {
        var along: Float = 0
        if isCosine { for i in 0..<headWidth { along += unit[i] * dx[i] } }
        for i in 0..<headWidth { target[i] += (dx[i] - unit[i] * along) * factor }
    }

    /// Replaces scaled products of queries and keys by the softmax of scores.
    private func softmax(
        _ p: UnsafeMutablePointer<Float>, _ rows: Int, _ h: AttendingHead, first: Int
    ) {
        let n = h.keys
        withPlaces(h) { bias, mask in
            for places in [bias, mask] {
                guard let places else { continue }
                for row in 0..<rows {
                    let source = places + (h.prompts + first + row) * n
                    for i in 0..<n { p[row * n + i] += source[i] }
                }
            }
        }
        guard isCausal else { return avprep_softmax(p, rows, n, 1) }
        for row in 0..<rows {
            let visible = h.prompts + first + row + 1
            avprep_softmax(p + row * n, 1, visible, 1)
            (p + row * n + visible).update(repeating: 0, count: n - visible)
        }
    }
}
