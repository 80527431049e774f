import Models
import Tensors

/// Brings the final features of each stream to mean 0 and deviation 1 by channel.
struct Standardisation: Sendable {
    let channels: [Stream: Channels]

    /// Mean and reciprocal deviation of each channel.
    struct Channels: Sendable {
        let mean: Tensor
        let scale: Tensor

        func apply(to x: inout Tensor) {
            for start in stride(from: 0, to: x.count, by: x.columns) {
                for c in 0..<x.columns {
                    x.elements[start + c] =
                        (x.elements[start + c] - mean.elements[c]) * scale.elements[c]
                }
            }
        }
    }

    /// Standardises the final features of a batch.
    func apply(to batch: inout Batch) {
        for (stream, channels) in channels {
            guard var tensors = batch.streams.removeValue(forKey: stream) else { continue }
            if var final = tensors.final.take() {
                channels.apply(to: &final)
                tensors.final = final
            }
            batch.streams[stream] = tensors
        }
    }

    /// Measures the features of all samples, in double precision and in order.
    init(of samples: CachedSamples) throws {
        var moments: [Stream: Moments] = [:]
        for index in samples.samples.indices {
            for (stream, final) in try samples.finals(of: index) {
                moments[stream, default: Moments()].add(final)
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
