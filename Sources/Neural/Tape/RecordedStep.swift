import Tensors

/// A network that is recorded once for a shape of batch, and then replayed for each batch.
///
///     let step = RecordedStep(pool: pool) { tape in
///         let x = tape.input([80, 768]), targets = ClassTargets(count: 80)
///         return ((x, targets), head(x).softmaxCrossEntropy(targets))
///     }
///     step.inputs.0.set(states)
///     step.inputs.1.set(labels)
///     let loss = step.replay()
///     step.backward()
///
/// After the first replay and backward pass nothing is allocated.
public final class RecordedStep<Inputs> {
    /// What is set before each replay.
    public let inputs: Inputs

    /// The loss, or whatever the network computes.
    public let output: Variable

    /// What dropout draws from, if it is a step of training; set its epoch and samples each time.
    public let noise: SampleNoise?

    private let tape: Tape

    /// Records a network; nothing is computed yet.
    ///
    /// - Parameters:
    ///   - differentiated: Whether there will be backward passes.
    ///   - pool: The threads to compute on; results have the same bits whatever their number.
    ///   - noise: What dropout draws from; nothing is dropped without.
    ///   - record: Makes the inputs, and records the output from them.
    public init(
        differentiated: Bool = true, pool: WorkerPool, noise: SampleNoise? = nil,
        record: (Tape) throws -> (inputs: Inputs, output: Variable)
    ) rethrows {
        let tape = Tape(.replays(differentiated: differentiated), pool: pool, noise: noise)
        (self.tape, self.noise) = (tape, noise)
        do {
            (inputs, output) = try record(tape)
        } catch {
            tape.removeAll()
            throw error
        }
    }

    deinit { tape.removeAll() }  // Its operations refer to variables, and these to the tape.

    /// Computes the output from the present inputs and parameters.
    ///
    /// - Returns: Its first element: the loss, if the output is that.
    @discardableResult
    public func replay() -> Float {
        tape.replay()
        return output.box.tensor.elements[0]
    }

    /// Adds the gradient of the output, a scalar, to that of each parameter.
    ///
    /// `weight` multiplies it, such as the share of this batch in those that are accumulated.
    public func backward(weight: Float = 1) { tape.backward(from: output, weight: weight) }

    /// Bytes that the step holds, those of the backward pass included; values and gradients of
    /// parameters are not.
    public var bytes: Int {
        tape.bytes(differentiating: output.needsGradient ? output : nil)
    }

    /// Those of them that the first backward pass takes.
    public var backwardBytes: Int { bytes - tape.bytes() }
}
