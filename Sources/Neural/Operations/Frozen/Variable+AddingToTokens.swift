import Tensors

extension Variable {
    /// Adds a row to each token of a range.
    ///
    ///     y[b, t] = x[b, t] + u[b] for t in the range, else x[b, t]
    ///     dx = dy,   du[b] = Σ dy[b, t] over the range
    ///
    /// - Parameters:
    ///   - row: u, `[B, C]`.
    ///   - range: Of tokens.
    /// - Returns: The shape of the receiver, `[B, N, C]`.
    public func adding(_ row: Variable, toTokens range: Range<Int>) -> Variable {
        let x = self, u = row, pool = tape.pool
        precondition(shape.count == 3 && u.shape == [shape[0], shape[2]], "\(shape) + \(u.shape)")
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[1], "\(range) of \(shape)")
        let (count, c, size) = (shape[0], shape[2], shape[1] * shape[2])
        return tape.record(shape, from: [x, u]) { y in
            y.withSharedElements { y in
                Kernel.withConstantElements(of: x.value, u.value) { x, u in
                    pool.forEach(count) { b in
                        (y + b * size).update(from: x + b * size, count: size)
                        let u = u + b * c
                        for token in range {
                            let target = y + (b * size + token * c)
                            for i in 0..<c { target[i] += u[i] }
                        }
                    }
                }
            }
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.scale(dy, by: 1, to: &$0, adding: true, on: pool)
            }
            cotangents.accumulate(into: u) { du in
                du.withSharedElements { du in
                    Kernel.withConstantElements(of: dy) { dy in
                        pool.forEach(count) { b in
                            let target = du + b * c
                            for token in range {
                                let source = dy + (b * size + token * c)
                                for i in 0..<c { target[i] += source[i] }
                            }
                        }
                    }
                }
            }
        }
    }
}
