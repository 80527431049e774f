import Models
import Neural
import Tensors

/// A model's steps, recorded once for each size of batch and replayed for each batch.
final class StepRecorder {
    private let model: TaskModel
    private let pool: WorkerPool
    private let noise: SampleNoise
    private var training: [Int: RecordedStep<[Variable]>] = [:]

    /// Steps of later epochs, if dropout is of the first alone.
    private var quiet: [Int: RecordedStep<[Variable]>] = [:]
    private let dropsOnce: Bool
    private var judging: [Int: RecordedStep<[Variable]>] = [:]

    init(_ model: TaskModel, _ recipe: TrainingRecipe, pool: WorkerPool) {
        (self.model, self.pool) = (model, pool)
        noise = SampleNoise(seed: UInt64(recipe.seed), epoch: 0, samples: [])
        dropsOnce = recipe.has(.staysInEvaluation)
    }

    /// Records the step of batches like one, if it is not recorded yet.
    func prepare(_ batch: LoadedBatch, _ plan: BatchPlan) {
        let items = plan.items.count
        switch plan.split {
        case .train where training[items] == nil:
            training[items] = record(batch, differentiated: true)
            if dropsOnce { quiet[items] = record(batch, differentiated: true, isQuiet: true) }
        case .val where judging[items] == nil:
            judging[items] = record(batch, differentiated: false)
        default: break
        }
    }

    /// Adds the gradient of a batch's part of the loss to the parameters.
    ///
    /// - Returns: That part.
    func differentiate(_ batch: inout LoadedBatch, _ plan: BatchPlan, epoch: Int) -> Double {
        prepare(batch, plan)
        let steps = dropsOnce && epoch > 1 ? quiet : training
        guard let step = steps[plan.items.count] else { preconditionFailure("no step") }
        noise.epoch = epoch
        noise.samples = batch.numbers
        exchange(&batch, step.inputs)
        defer { exchange(&batch, step.inputs) }
        let loss = step.replay()
        step.backward()
        return Double(loss)
    }

    /// What decides of each row of a batch, `[rows, columns]`.
    func scores(_ batch: inout LoadedBatch, _ plan: BatchPlan) -> Tensor {
        prepare(batch, plan)
        guard let step = judging[plan.items.count] else { preconditionFailure("no step") }
        exchange(&batch, step.inputs)
        defer { exchange(&batch, step.inputs) }
        step.replay()
        return step.output.value
    }

    /// Bytes that the first passes back take.
    var backwardBytes: Int { [training, quiet].joined().map(\.value.backwardBytes).reduce(0, +) }

    private func record(
        _ batch: LoadedBatch, differentiated: Bool, isQuiet: Bool = false
    ) -> RecordedStep<[Variable]> {
        RecordedStep(
            differentiated: differentiated, pool: pool,
            noise: differentiated && !isQuiet ? noise : nil
        ) { tape in
            var inputs: [Variable] = []
            func input(_ tensor: Tensor) -> Variable {
                let variable = tape.input(tensor.shape)
                inputs.append(variable)
                return variable
            }
            let output =
                differentiated ? model.loss(batch, input) : model.scores(batch, input)
            return (inputs, output)
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
