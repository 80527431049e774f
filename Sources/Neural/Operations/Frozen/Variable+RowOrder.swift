import Tensors

extension Variable {
    /// Rows of each group in another order, such as the windows of a map.
    ///
    ///     y[g, j] = x[g, order[j]], or zeros where that is negative
    ///     dx[g, order[j]] += dy[g, j]
    ///
    /// - Parameters:
    ///   - order: For each row of a group of the result that of a group of the receiver.
    ///   - groups: How many there are, in both.
    ///   - shape: Of the result; rows may lie side by side in it.
    /// - Returns: `shape`.
    public func rows(_ order: [Int], groups: Int, as shape: [Int]) -> Variable {
        let x = self, c = self.shape.last ?? 1, pool = tape.pool
        let before = self.shape.dropLast().reduce(1, *) / groups
        precondition(order.allSatisfy { $0 < before }, "an order of more than \(before) rows")
        precondition(
            shape.reduce(1, *) == groups * order.count * c, "\(order.count) rows as \(shape)")
        return tape.record(shape, from: [x]) { y in
            y.withSharedElements { y in
                Kernel.withConstantElements(of: x.value) { x in
                    pool.forEach(groups) { group in
                        for (row, source) in order.enumerated() {
                            let target = y + (group * order.count + row) * c
                            if source < 0 {
                                target.update(repeating: 0, count: c)
                            } else {
                                target.update(from: x + (group * before + source) * c, count: c)
                            }
                        }
                    }
                }
            }
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) { dx in
                dx.withSharedElements { dx in
                    Kernel.withConstantElements(of: dy) { dy in
                        pool.forEach(groups) { group in
                            for (row, target) in order.enumerated() where target >= 0 {
                                let source = dy + (group * order.count + row) * c
                                let target = dx + (group * before + target) * c
                                for i in 0..<c { target[i] += source[i] }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The last token of each sequence.
    ///
    ///     y[b] = x[b, lengths[b] − 1]
    ///     dx[b, lengths[b] − 1] += dy[b]
    ///
    /// - Parameter lengths: How many tokens each sequence has, at least one, `[B]`.
    /// - Returns: `[B, C]`, for a receiver of shape `[B, N, C]`.
    public func lastTokens(_ lengths: Variable) -> Variable {
        let x = self, (count, tokens, c) = (shape[0], shape[1], shape[2])
        precondition(lengths.shape == [count], "\(lengths.shape) lengths of \(shape)")
        func row(_ b: Int, _ lengths: Tensor) -> Int {
            (b * tokens + min(max(Int(lengths.elements[b]), 1), tokens) - 1) * c
        }
        return tape.record([count, c], from: [x, lengths]) { y in
            for b in 0..<count {
                let first = row(b, lengths.value)
                for i in 0..<c { y.elements[b * c + i] = x.value.elements[first + i] }
            }
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) { dx in
                for b in 0..<count {
                    let first = row(b, lengths.value)
                    for i in 0..<c { dx.elements[first + i] += dy.elements[b * c + i] }
                }
            }
        }
    }

    /// Each row several times, one after the other.
    ///
    ///     y[b · n + i] = x[b],   dx[b] = Σ dy[b · n + i]
    ///
    /// - Returns: `[B · n, C]`, for a receiver of shape `[B, C]`.
    public func repeated(_ n: Int) -> Variable {
        precondition(shape.count == 2 && n > 0, "\(shape) repeated \(n) times")
        let order = (0..<shape[0]).flatMap { Array(repeating: $0, count: n) }
        return rows(order, groups: 1, as: [shape[0] * n, shape[1]])
    }
}
