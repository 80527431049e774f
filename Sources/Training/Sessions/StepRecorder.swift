import Models
import Neural
import Tensors

/// A model's steps, recorded once for each size of batch and replayed for each batch.
final class StepRecorder {
    private let model: EventModel
    private let classes: Int
    private let pool: WorkerPool
    private let noise: SampleNoise
    private var training: [Int: RecordedStep<Inputs>] = [:]
    private var judging: [Int: RecordedStep<Inputs>] = [:]

    /// What is set before a step.
    private struct Inputs {
        /// The tensors of a batch.
        var batch: [Variable] = []

        /// The batch's share of its update, if penalties are added to the loss.
        var share: Variable?
    }

    init(_ model: EventModel, classes: Int, seed: Int, pool: WorkerPool) {
        (self.model, self.classes, self.pool) = (model, classes, pool)
        noise = SampleNoise(seed: UInt64(seed), epoch: 0, samples: [])
    }

    /// Records the step of batches like one, if it is not recorded yet.
    func prepare(_ batch: LoadedBatch, _ plan: BatchPlan) {
        let samples = plan.samples.count
        switch plan.split {
        case .train where training[samples] == nil:
            training[samples] = record(batch, differentiated: true)
        case .val where judging[samples] == nil:
            judging[samples] = record(batch, differentiated: false)
        default: break
        }
    }

    /// Adds the gradient of a batch's part of the loss to the parameters.
    ///
    /// - Returns: That part.
    func differentiate(_ batch: inout LoadedBatch, _ plan: BatchPlan, epoch: Int) -> Double {
        prepare(batch, plan)
        guard let step = training[plan.samples.count] else { preconditionFailure("no step") }
        noise.epoch = epoch
        noise.samples = batch.numbers
        step.inputs.share?.withElements {
            $0[0] = Float(plan.samples.count) / Float(plan.update.count)
        }
        exchange(&batch, step.inputs.batch)
        defer { exchange(&batch, step.inputs.batch) }
        let loss = step.replay()
        step.backward()
        return Double(loss)
    }

    /// Scores of a batch, `[rows, classes]`.
    func scores(_ batch: inout LoadedBatch, _ plan: BatchPlan) -> Tensor {
        prepare(batch, plan)
        guard let step = judging[plan.samples.count] else { preconditionFailure("no step") }
        exchange(&batch, step.inputs.batch)
        defer { exchange(&batch, step.inputs.batch) }
        step.replay()
        return step.output.value
    }

    /// Bytes that the first passes back take.
    var backwardBytes: Int { training.values.map(\.backwardBytes).reduce(0, +) }

    private func record(
        _ batch: LoadedBatch, differentiated: Bool
    ) -> RecordedStep<Inputs> {
        RecordedStep(
            differentiated: differentiated, pool: pool, noise: differentiated ? noise : nil
        ) { tape in
            var inputs = Inputs()
            func input(_ tensor: Tensor) -> Variable {
                let variable = tape.input(tensor.shape)
                inputs.batch.append(variable)
                return variable
            }
            let (scores, penalties) = model(batch.states, input)
            guard differentiated else { return (inputs, scores) }
            var loss = scores.crossEntropy(targets: input(batch.targets))
            for penalty in penalties {
                // The task's part is a mean over the whole update already.
                let share = inputs.share ?? tape.input([])
                inputs.share = share
                loss = loss + penalty * share
            }
            return (inputs, loss)
        }
    }

    /// Trades the tensors of a batch for those of a step, of which none is copied.
    private func exchange(_ batch: inout LoadedBatch, _ inputs: [Variable]) {
        var index = 0
        batch.forEachTensor { tensor in
            // A step that judges has no use for targets, which come last.
            guard index < inputs.count else { return }
            inputs[index].exchange(&tensor)
            index += 1
        }
    }
}
