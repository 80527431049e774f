import Tensors

/// A record of differentiable operations, which can be replayed with other inputs.
///
/// An operation is recorded once, for the shape of a batch. ``replay()`` computes all of them again
/// from the present values of inputs and parameters, and ``backward(from:weight:)`` may follow each
/// replay; memory is that of the first time.
///
/// An operation whose inputs are all constants is computed when it is recorded and leaves no trace.
/// What depends on inputs alone is replayed, though not differentiated. So frozen weights and cached
/// token states cost no backward pass.
public final class Tape {
    /// Adds to the cotangents of an operation's inputs, given the cotangent of its output.
    typealias Pullback = (_ output: Tensor, _ cotangents: inout Cotangents) -> Void

    /// Writes every element of an operation's output.
    typealias Compute = (_ output: inout Tensor) -> Void

    /// What a tape is for.
    enum Purpose {
        /// Values alone, each of them once.
        case values

        /// Values and gradients; operations are computed when they are recorded, too.
        case gradients

        /// Replays alone; until the first, elements are unspecified.
        case replays(differentiated: Bool)
    }

    /// An operation that is replayed.
    struct Operation {
        let shape: [Int]
        let output: TensorBox
        let compute: Compute

        /// None where nothing is differentiated.
        let pullback: Pullback?

        /// Operations whose outputs it is differentiated with respect to.
        let inputs: [Int]
    }

    let purpose: Purpose

    /// Whether it is one of training: its operations are recorded to be differentiated.
    ///
    /// Batch normalisation distinguishes that.
    public var isDifferentiated: Bool {
        switch purpose {
        case .gradients, .replays(differentiated: true): true
        case .values, .replays(differentiated: false): false
        }
    }

    /// The threads that its operations compute on, forward and back.
    public let pool: WorkerPool

    /// What dropout draws from; none in evaluation, where nothing is dropped.
    public let noise: SampleNoise?

    var operations: [Operation] = []
    var cotangents = Cotangents()

    /// How many operations with noise have been recorded.
    var noisySites = 0

    /// Elements of inputs and of the memory that operations keep.
    var heldElements = 0

    init(_ purpose: Purpose, pool: WorkerPool, noise: SampleNoise?) {
        (self.purpose, self.pool, self.noise) = (purpose, pool, noise)
    }

    func removeAll() { operations = [] }
}

/// Calls `body` with an empty tape, and clears it afterwards.
///
/// With `recording: false` every variable is a constant, as evaluation wants it. Results have the
/// same bits whatever the pool.
///
/// - Parameters:
///   - recording: Whether `body` differentiates.
///   - pool: The threads to compute on.
///   - noise: What dropout draws from; nothing is dropped without.
///   - body: Records operations.
/// - Returns: What `body` returns.
public func withTape<Result>(
    recording: Bool = true, pool: WorkerPool = .serial, noise: SampleNoise? = nil,
    _ body: (Tape) throws -> Result
) rethrows -> Result {
    let tape = Tape(recording ? .gradients : .values, pool: pool, noise: noise)
    defer { tape.removeAll() }  // Its operations refer to variables, and these to the tape.
    return try body(tape)
}
