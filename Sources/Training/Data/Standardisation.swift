import Models
import Tensors

/// Brings the final features of each stream to mean 0 and deviation 1 by channel.
struct Standardisation {
    let channels: [Stream: Channels]

    /// Mean and reciprocal deviation of each channel.
    struct Channels {
        let mean: Tensor
        let scale: Tensor

        func callAsFunction(_ x: Tensor) -> Tensor {
            var y = x
            for start in stride(from: 0, to: x.count, by: x.columns) {
                for c in 0..<x.columns {
                    y.elements[start + c] =
                        (x.elements[start + c] - mean.elements[c]) * scale.elements[c]
                }
            }
            return y
        }
    }

    /// Measures the features of all samples, in double precision and in order.
    init(of samples: CachedSamples) throws {
        var moments: [Stream: Moments] = [:]
        for index in samples.samples.indices {
            for (stream, tensors) in try samples.batch([index], nil).streams {
                if let final = tensors.final { moments[stream, default: Moments()].add(final) }
            }
        }
        channels = moments.mapValues(\.channels)
    }

    init(channels: [Stream: Channels]) { self.channels = channels }

    private struct Moments {
        var count = 0.0
        var sums: [Double] = []
        var squares: [Double] = []

        mutating func add(_ x: Tensor) {
            if sums.isEmpty {
                sums = Array(repeating: 0, count: x.columns)
                squares = sums
            }
            for (i, value) in x.elements.enumerated() {
                sums[i % x.columns] += Double(value)
                squares[i % x.columns] += Double(value) * Double(value)
            }
            count += Double(x.rows)
        }

        var channels: Channels {
            let means = sums.map { $0 / count }
            let scales = zip(squares, means).map { squares, mean in
                // A channel that never changes tells nothing and stays at zero.
                1 / max(squares / count - mean * mean, 1e-12).squareRoot()
            }
            return Channels(
                mean: Tensor(means.map(Float.init), shape: [means.count]),
                scale: Tensor(scales.map(Float.init), shape: [scales.count]))
        }
    }
}
