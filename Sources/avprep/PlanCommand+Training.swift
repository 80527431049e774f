import Foundation
import Storage
import Training

extension PlanCommand {
    /// Prints what a training would read and take.
    func planTraining(on path: String) throws {
        let cache = try Cache(opening: path)
        let recipe = try TrainingRecipe(reading: job, overrides: overrides)
        let trainer = try Trainer(
            [(recipe, "")], cache: cache,
            leavingOut: try ReadingOptions.absentClips(leaveOut, of: cache),
            threads: ProcessInfo.processInfo.activeProcessorCount)
        let plan = trainer.plans()[0]
        output.console.print([plan.json]) { plan.text }
    }
}

extension TrainingPlan {
    var text: String {
        var lines = ["\(record.title): \(record.sizes)"]
        lines += seams.map { "  \($0.stream): layer \($0.layer), \($0.tokens) tokens" }
        lines += [
            "  \(train) samples in train, \(val) in \(record.selection ?? "val"); \(updates) updates in each of up to \(epochs) epochs",
            "  \(PlanReport.size(bytesPerEpoch)) read in an epoch, \(PlanReport.size(memory)) of memory",
        ]
        return lines.map { $0 + "\n" }.joined()
    }

    var json: JSONValue {
        var fields: [String: JSONValue] = [
            "type": "summary", "command": "plan", "title": .string(record.title),
            "method_parameters": .number(Double(record.methodParameters)),
            "head_parameters": .number(Double(record.headParameters)),
            "train": .number(Double(train)), "val": .number(Double(val)),
            "updates": .number(Double(updates)), "epochs": .number(Double(epochs)),
            "bytes_per_epoch": .number(Double(bytesPerEpoch)),
            "planned_memory_bytes": .number(Double(memory)),
            "seams": .array(
                seams.map {
                    [
                        "stream": .string($0.stream), "layer": .number(Double($0.layer)),
                        "tokens": .string($0.tokens),
                    ]
                }),
        ]
        fields["frozen_parameters"] = record.frozenParameters.map { .number(Double($0)) }
        return .object(fields)
    }
}
