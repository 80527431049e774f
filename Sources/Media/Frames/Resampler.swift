/// Scales RGB pictures by weighing pixels, first along rows, then along columns.
///
/// Source and layout are fixed, so that the weights are computed once for all pictures of a clip.
struct Resampler {
    /// Which pixels make up one, and in which arithmetic.
    enum Kernel: Equatable {
        /// Pillow's: weights of 22 fractional bits, eight-bit pixels between the two passes.
        case pillowBicubic, pillowBilinear

        /// Without antialiasing: single precision, rounded once at the end.
        case torchBicubic, openCVBilinear
    }

    let source: PictureSize
    let layout: PictureLayout
    private let passes: Passes

    private enum Passes {
        case fixed(columns: ResamplingWeights<Int32>, rows: ResamplingWeights<Int32>)
        case float(columns: ResamplingWeights<Float>, rows: ResamplingWeights<Float>)
    }

    init(_ kernel: Kernel, from source: PictureSize, to layout: PictureLayout) {
        self.source = source
        self.layout = layout
        func weights(_ from: Int, _ to: Int, _ kept: Range<Int>) -> ResamplingWeights<Double> {
            switch kernel {
            case .pillowBicubic: .init(antialiased: .cubic(a: -0.5), from: from, to: to, kept)
            case .pillowBilinear: .init(antialiased: .linear, from: from, to: to, kept)
            case .torchBicubic: .init(interpolating: .cubic(a: -0.75), from: from, to: to, kept)
            case .openCVBilinear: .init(interpolating: .linear, from: from, to: to, kept)
            }
        }
        let columns = weights(source.width, layout.scaled.width, layout.columns)
        let rows = weights(source.height, layout.scaled.height, layout.rows)
        switch kernel {
        case .pillowBicubic, .pillowBilinear:
            let one = Double(1 << FixedPoint.bits)
            // Halves are rounded away from zero.
            passes = .fixed(
                columns: columns.map { Int32(($0 * one).rounded()) },
                rows: rows.map { Int32(($0 * one).rounded()) })
        case .torchBicubic, .openCVBilinear:
            passes = .float(columns: columns.map { Float($0) }, rows: rows.map { Float($0) })
        }
    }

    /// The kept part of the scaled picture.
    ///
    /// - Precondition: `rgb` has the size of the source.
    func resample(_ rgb: [UInt8]) -> [UInt8] {
        precondition(rgb.count == source.pixels * 3, "the picture has the size of the source")
        switch passes {
        case .fixed(let columns, let rows):
            let narrow = alongRows(rgb, columns, rows.span, FixedPoint.self)
            return alongColumns(narrow, columns.count, rows, FixedPoint.self)
        case .float(let columns, let rows):
            let narrow = alongRows(rgb, columns, rows.span, SinglePrecision.self)
            return alongColumns(narrow, columns.count, rows, SinglePrecision.self)
        }
    }

    /// Makes each of the given rows as wide as there are columns: `[rows, columns, 3]`.
    private func alongRows<A: ResamplingArithmetic>(
        _ rgb: [UInt8], _ columns: ResamplingWeights<A.Sum>, _ rows: Range<Int>, _: A.Type
    ) -> [A.Between] {
        let (width, count, taps) = (source.width, columns.count, columns.taps)
        return [A.Between](unsafeUninitializedCapacity: rows.count * count * 3) { target, size in
            rgb.withUnsafeBufferPointer { source in
                columns.weights.withUnsafeBufferPointer { weights in
                    var place = 0
                    for row in rows {
                        for column in 0..<count {
                            var pixel = (row * width + columns.starts[column]) * 3
                            var (r, g, b) = (A.half, A.half, A.half)
                            for tap in (column * taps)..<((column + 1) * taps) {
                                let weight = weights[tap]
                                r = A.add(r, A.sum(source[pixel]), weight)
                                g = A.add(g, A.sum(source[pixel + 1]), weight)
                                b = A.add(b, A.sum(source[pixel + 2]), weight)
                                pixel += 3
                            }
                            (target.baseAddress! + place).initialize(to: A.between(r))
                            (target.baseAddress! + place + 1).initialize(to: A.between(g))
                            (target.baseAddress! + place + 2).initialize(to: A.between(b))
                            place += 3
                        }
                    }
                    size = place
                }
            }
        }
    }

    /// Weighs whole rows of `[rows.span, columns, 3]`.
    private func alongColumns<A: ResamplingArithmetic>(
        _ narrow: [A.Between], _ columns: Int, _ rows: ResamplingWeights<A.Sum>, _: A.Type
    ) -> [UInt8] {
        let (rowSize, taps, first) = (columns * 3, rows.taps, rows.span.lowerBound)
        return [UInt8](unsafeUninitializedCapacity: rows.count * rowSize) { target, size in
            withUnsafeTemporaryAllocation(of: A.Sum.self, capacity: rowSize) { sums in
                narrow.withUnsafeBufferPointer { narrow in
                    for row in 0..<rows.count {
                        sums.initialize(repeating: A.half)
                        for tap in 0..<taps {
                            let weight = rows.weights[row * taps + tap]
                            let source =
                                narrow.baseAddress! + (rows.starts[row] - first + tap) * rowSize
                            for i in 0..<rowSize {
                                sums[i] = A.add(sums[i], A.sum(source[i]), weight)
                            }
                        }
                        for i in 0..<rowSize {
                            (target.baseAddress! + row * rowSize + i).initialize(
                                to: A.pixel(sums[i]))
                        }
                    }
                }
            }
            size = rows.count * rowSize
        }
    }
}

extension PictureSettings.Kernel {
    /// The kernel that works on the RGB picture; nil for FFmpeg's.
    var onRGB: Resampler.Kernel? {
        switch self {
        case .bicubic, .bilinear, .area: nil
        case .pillowBicubic: .pillowBicubic
        case .pillowBilinear: .pillowBilinear
        case .torchBicubic: .torchBicubic
        case .openCVBilinear: .openCVBilinear
        }
    }
}
