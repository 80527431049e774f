import Models
import Neural
import Synchronization
import Tensors

/// A backbone with a worker for each thread, kept from one measurement to the next.
struct EncodeBench {
    let model: any FrozenBackbone
    private let seats: [Seat]

    /// A worker, which one thread uses at a time.
    private final class Seat: Sendable {
        let worker: Mutex<any BackboneWorker>

        init(_ model: any FrozenBackbone) { worker = Mutex(model.makeWorker()) }
    }

    init(_ model: any FrozenBackbone, threads: Int) {
        self.model = model
        seats = (0..<threads).map { _ in Seat(model) }
    }

    /// Refuses an input that the backbone does not read.
    func check(_ input: BackboneInput) throws {
        _ = try model.layout(ofLayer: model.depth, for: input.size)
    }

    /// Encodes inputs to the normalised output of the last block, which goes nowhere.
    ///
    /// Threads take the next input when they are done with one, as they do in `encode`.
    func encode(_ inputs: [BackboneInput], on pool: WorkerPool) {
        let next = Atomic(0)
        pool.forEach(seats.count) { seat in
            seats[seat].worker.withLock { worker in
                while true {
                    let number = next.add(1, ordering: .relaxed).oldValue
                    guard number < inputs.count else { return }
                    worker.forEachState(of: inputs[number], layers: [model.depth]) { _, states in
                        var states = states
                        model.finalNorm?.apply(to: &states)
                    }
                }
            }
        }
    }

    /// Of each layer, how far the states of an input are from those of another backbone.
    func deviations(
        from other: EncodeBench, on input: BackboneInput
    ) -> [(relative: Double, cosine: Double)] {
        zip(states(of: input), other.states(of: input)).map { x, exact in
            var (error, square, own, product) = (0.0, 0.0, 0.0, 0.0)
            for (a, b) in zip(x.elements, exact.elements) {
                let (a, b) = (Double(a), Double(b))
                error += (a - b) * (a - b)
                square += b * b
                own += a * a
                product += a * b
            }
            return (
                (error / square).squareRoot(), product / (own.squareRoot() * square.squareRoot())
            )
        }
    }

    private func states(of input: BackboneInput) -> [Tensor] {
        var states: [Tensor] = []
        model.makeWorker().forEachState(of: input, layers: Set(0...model.depth)) { _, state in
            states.append(state)
        }
        return states
    }
}
