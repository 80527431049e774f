import Foundation
import Neural
import Storage
import Tensors

extension Trainer {
    /// Creates the run's folder, or reads what an interrupted run has done.
    func begin(resuming: Bool) throws -> [RunFolder.Epoch] {
        guard run.hasStarted else {
            try base.write(to: run.path)
            try run.start(recipe, record)
            return []
        }
        let operation = "train into run \(run.path)"
        guard resuming else {
            throw TrainingError(
                .recipe, operation, "there is a run already; continue it with --resume")
        }
        guard try run.recipe() == recipe else {
            throw TrainingError(.recipe, operation, "it was started with another recipe")
        }
        let old = try run.record()
        guard old.features == record.features, old.samples == record.samples,
            old.leftOut == record.leftOut
        else { throw TrainingError(.cache, operation, "it was started on another cache") }
        guard FileManager.default.fileExists(atPath: run.lastPath) else { return [] }
        // Metrics are written before the checkpoint, which counts: a killed run may have a line more.
        let epochs = try run.epochs()
        let written =
            try SafeTensors(reading: run.lastPath).metadata["epoch"].flatMap { Int($0) } ?? 0
        guard epochs.count >= written else {
            throw TrainingError(
                .failed, operation,
                "metrics.jsonl has \(epochs.count) epochs, last.safetensors is of epoch \(written)")
        }
        return Array(epochs.prefix(written))
    }

    /// Sets parameters and optimiser to the last checkpoint's.
    func restore() throws -> Standardisation? {
        let file = try SafeTensors(reading: run.lastPath)
        try optimizer.restore(Checkpoint.optimizerState(in: file))
        return try Checkpoint.restore(model, from: file).standardisation
    }

    func save(
        _ epochs: [RunFolder.Epoch], _ log: MetricLog, _ standardisation: Standardisation?,
        isBest: Bool
    ) throws {
        var checkpoint = Checkpoint(model, standardisation)
        if isBest { try checkpoint.write(to: run.bestPath, epoch: epochs.count) }
        try log.write()
        checkpoint.add(optimizer)
        try checkpoint.write(to: run.lastPath, epoch: epochs.count)
    }
}
