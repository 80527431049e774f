import Tensors

extension Variable {
    /// Adds to some columns of each row.
    ///
    ///     y = x,   y[r, first + c] += s · u[r, c] for each part (u, first)
    ///     dx = dy,   du = s · dy at its columns
    ///
    /// - Parameters:
    ///   - parts: `[..., E]`, with as many rows as the receiver, and the first of their columns.
    ///   - scale: s.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func adding(
        _ parts: [(u: Variable, column: Int)], times scale: Float
    ) -> Variable {
        let x = self, pool = tape.pool, c = shape.last ?? 1
        let rows = shape.dropLast().reduce(1, *)
        for part in parts {
            precondition(part.u.shape.dropLast() == shape.dropLast() && part.column >= 0)
            precondition(part.column + (part.u.shape.last ?? 1) <= c)
        }
        return tape.record(shape, from: [x] + parts.map(\.u)) { y in
            Kernel.scale(x.value, by: 1, to: &y, adding: false, on: pool)
            for (u, column) in parts {
                let width = u.shape.last ?? 1
                y.withSharedElements { y in
                    Kernel.withConstantElements(of: u.value) { u in
                        pool.forEachRange(of: rows, size: Kernel.rowPiece(columns: c)) { piece in
                            for row in piece {
                                let target = y + (row * c + column), source = u + row * width
                                for i in 0..<width { target[i] += scale * source[i] }
                            }
                        }
                    }
                }
            }
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.scale(dy, by: 1, to: &$0, adding: true, on: pool)
            }
            for (u, column) in parts {
                let width = u.shape.last ?? 1
                cotangents.accumulate(into: u) { du in
                    du.withSharedElements { du in
                        Kernel.withConstantElements(of: dy) { dy in
                            pool.forEachRange(of: rows, size: Kernel.rowPiece(columns: c)) {
                                piece in
                                for row in piece {
                                    let target = du + row * width, source = dy + (row * c + column)
                                    for i in 0..<width { target[i] += scale * source[i] }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
