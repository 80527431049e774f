import Foundation
import Neural
import Storage
import Tensors

extension TrainingSession {
    /// Creates the run's folder, or goes on from its last checkpoint.
    ///
    /// - Throws: ``TrainingError`` if the checkpoint cannot be read.
    func begin() throws {
        if !folder.hasStarted {
            try base.write(to: folder.path)
            try folder.start(recipe, record)
        }
        if FileManager.default.fileExists(atPath: folder.lastPath) {
            let file = try SafeTensors(reading: folder.lastPath)
            _ = try Checkpoint.restore(model, from: file)
            let (state, progress) = try Checkpoint.state(in: file)
            try updater.restore(state)
            self.progress = progress
        }
        log = try MetricLog(
            run: folder.path, through: progress.epochs.last?.step ?? 0,
            title: "\(record.dataset), \(record.title), seed \(recipe.seed)")
    }

    /// Makes sure that the run may begin, or go on.
    ///
    /// - Throws: ``TrainingError`` if the folder holds a run and `resuming` is false, or if that run was
    ///   started with another recipe or on another cache.
    func check(resuming: Bool) throws {
        guard folder.hasStarted else { return }
        let operation = "train into run \(folder.path)"
        guard resuming else {
            throw TrainingError(
                .recipe, operation, "there is a run already; continue it with --resume")
        }
        let started = Recipe(["recipe": JSONValue(encoding: try folder.recipe())])
        let asked = Recipe(["recipe": JSONValue(encoding: recipe)])
        if let field = asked.differences(from: started).first {
            throw TrainingError(
                .recipe, operation, "it was started with another recipe: \(field)")
        }
        let old = try folder.record()
        if let field = try base.differences(from: folder.path).first
            ?? record.difference(from: old)
        {
            throw TrainingError(.cache, operation, "it was started on another cache: \(field)")
        }
    }

    /// Writes the last checkpoint, of the updates made so far.
    ///
    /// Metrics are written before it, and it is what counts: a killed run may have a line more.
    func save() throws {
        try log?.write()
        var checkpoint = Checkpoint(model, data.standardisation)
        checkpoint.add(updater.state, progress)
        try checkpoint.write(to: folder.lastPath, epoch: progress.epochs.count)
    }

    /// Writes the parameters as they are evaluated as the best checkpoint.
    func writeBest() throws {
        try withEvaluatedParameters {
            try Checkpoint(model, data.standardisation)
                .write(to: folder.bestPath, epoch: progress.epochs.count)
        }
    }

    /// Calls `body` while the model has the parameters that are evaluated: their running means, if the
    /// recipe wants these.
    func withEvaluatedParameters<Result>(_ body: () throws -> Result) rethrows -> Result {
        try updater.averages?.withAverages(body) ?? body()
    }
}
