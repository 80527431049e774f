import CKernels
import Tensors

extension Kernel {
    /// Adds to `y` the elements of `x` that a mask keeps, divided by the probability of that.
    ///
    /// Samples follow each other, each with as many elements; masks are those of their keys.
    static func addDropped(
        _ x: Tensor, _ probability: Float, _ noise: SampleNoise, site: Int, to y: inout Tensor,
        on pool: WorkerPool
    ) {
        precondition(x.count == y.count)
        let samples = noise.samples.count
        precondition(
            samples > 0 && x.count.isMultiple(of: samples),
            "\(x.shape) is not of \(samples) samples of equal size")
        let size = x.count / samples
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                for sample in 0..<samples {
                    let key = DropoutKey(
                        seed: noise.seed, epoch: noise.epoch, sample: noise.samples[sample],
                        site: site)
                    let start = sample * size
                    pool.forEachRange(of: size, size: elementPiece) { piece in
                        let first = piece.lowerBound
                        avprep_add_dropped(
                            y + (start + first), x + (start + first), key.state(from: first),
                            piece.count, probability)
                    }
                }
            }
        }
    }
}
