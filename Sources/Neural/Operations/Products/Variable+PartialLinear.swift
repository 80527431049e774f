import Tensors

extension Variable {
    /// Affine map of the last axis by some rows of a matrix that several maps share.
    ///
    ///     y = x W[rows]ᵀ + b[rows]
    ///     dx = dy W[rows],   dW[rows] = dyᵀ x,   db[rows] = Σ dy
    ///
    /// - Parameters:
    ///   - rows: Which outputs.
    ///   - weight: `[outputs, inputs]`, as PyTorch keeps it.
    ///   - bias: `[outputs]`.
    /// - Returns: `[..., rows.count]`, for a receiver of shape `[..., inputs]`.
    public func linear(
        rows: Range<Int>, of weight: Parameter, bias: Parameter
    ) -> Variable {
        let x = self, w = tape.variable(weight), b = tape.variable(bias), pool = tape.pool
        precondition(
            w.shape.count == 2 && w.shape[1] == columns && rows.upperBound <= w.shape[0]
                && b.count == w.shape[0], "\(shape) × \(w.shape), \(rows)")
        let (inputs, outputs, count) = (columns, rows.count, self.rows), first = rows.lowerBound
        return tape.record(shape.dropLast() + [outputs], from: [x, w, b]) { y in
            y.withSharedElements { y in
                Kernel.withConstantElements(of: x.value, w.value, b.value) { x, w, b in
                    for row in 0..<count {
                        (y + row * outputs).update(from: b + first, count: outputs)
                    }
                    Kernel.product(
                        MatrixView(x.start, count, inputs, stride: inputs),
                        MatrixView(w + first * inputs, outputs, inputs, stride: inputs).transposed,
                        to: y, stride: outputs, adding: true, on: pool)
                }
            }
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                dx.withSharedElements { dx in
                    Kernel.withConstantElements(of: dy, w.value) { dy, w in
                        Kernel.product(
                            MatrixView(dy.start, count, outputs, stride: outputs),
                            MatrixView(w + first * inputs, outputs, inputs, stride: inputs),
                            to: dx, stride: inputs, adding: adding, on: pool)
                    }
                }
            }
            cotangents.accumulate(into: w) { dw in
                dw.withSharedElements { dw in
                    Kernel.withConstantElements(of: dy, x.value) { dy, x in
                        Kernel.product(
                            MatrixView(dy.start, count, outputs, stride: outputs).transposed,
                            MatrixView(x.start, count, inputs, stride: inputs),
                            to: SharedElements(start: dw + first * inputs), stride: inputs,
                            adding: true, on: pool)
                    }
                }
            }
            cotangents.accumulate(into: b) { db in
                db.withSharedElements { db in
                    Kernel.withConstantElements(of: dy) { dy in
                        pool.forEachRange(of: outputs, size: Kernel.columnPiece) { piece in
                            let db = db + first
                            for row in 0..<count {
                                let dy = dy + row * outputs
                                for c in piece { db[c] += dy[c] }
                            }
                        }
                    }
                }
            }
        }
    }
}
