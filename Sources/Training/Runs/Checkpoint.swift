import Foundation
import Models
import Neural
import Storage
import Tensors

/// Parameters and buffers, and what else a run needs to go on or to be evaluated, as one safetensors file.
struct Checkpoint {
    private var tensors: [(name: String, value: Tensor)] = []
    private var metadata = ["producer": Producer.name]

    init(_ model: TaskModel, _ standardisation: Standardisation?) {
        tensors = (model.parameters + model.buffers).map { ($0.name, $0.value) }
        guard let standardisation else { return }
        for stream in standardisation.channels.streams {
            guard let channels = standardisation.channels[stream] else { continue }
            tensors.append(("standardisation.\(stream.rawValue).mean", channels.mean))
            tensors.append(("standardisation.\(stream.rawValue).scale", channels.scale))
        }
    }

    /// Adds what training needs to go on.
    mutating func add(_ updater: Updater.State, _ progress: TrainingProgress) {
        tensors += updater.tensors
        metadata["progress"] = JSONLines.text(of: progress)
        metadata["plateau"] = updater.plateau.map { JSONLines.text(of: $0) }
    }

    /// Writes the file; `epoch` is the last whose result its parameters know of.
    func write(to path: String, epoch: Int) throws {
        let bytes = SafeTensors.encode(
            tensors, metadata: metadata.merging(["epoch": "\(epoch)"]) { $1 })
        try AtomicFile.write(bytes, to: path)
    }

    /// Sets a model's parameters and buffers from a file.
    ///
    /// - Returns: The standardisation that was in use, and the epoch after which it was written.
    static func restore(
        _ model: TaskModel, from file: SafeTensors
    ) throws -> (standardisation: Standardisation?, epoch: Int) {
        for parameter in model.parameters + model.buffers {
            let value = try file.tensor(parameter.name)
            guard value.shape == parameter.value.shape else {
                throw TrainingError(
                    .failed, "read \(file.path)",
                    "'\(parameter.name)' has shape \(value.shape), not \(parameter.value.shape)")
            }
            parameter.value = value
        }
        var channels: [Models.Stream: Standardisation.Channels] = [:]
        for stream in Models.Stream.allCases {
            let name = "standardisation.\(stream.rawValue)"
            guard file.entries["\(name).mean"] != nil else { continue }
            channels[stream] = Standardisation.Channels(
                mean: try file.tensor("\(name).mean"), scale: try file.tensor("\(name).scale"))
        }
        return (
            channels.isEmpty ? nil : Standardisation(channels: channels),
            file.metadata["epoch"].flatMap { Int($0) } ?? 0
        )
    }

    /// What training goes on from, beside what evaluation needs.
    ///
    /// - Throws: ``TrainingError`` if the file has none, or has it of another version.
    static func state(
        in file: SafeTensors
    ) throws -> (updater: Updater.State, progress: TrainingProgress) {
        func decode<Value: Decodable>(_ key: String, as: Value.Type) throws -> Value? {
            guard let text = file.metadata[key] else { return nil }
            guard let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
                throw TrainingError(.failed, "read \(file.path)", "its \(key) is damaged")
            }
            return value
        }
        guard let progress = try decode("progress", as: TrainingProgress.self) else {
            throw TrainingError(.failed, "read \(file.path)", "it does not say how far the run is")
        }
        let names = file.entries.keys.filter { name in
            Updater.prefixes.contains { name.hasPrefix($0) }
        }
        return (
            Updater.State(
                tensors: try names.sorted().map { ($0, try file.tensor($0)) },
                plateau: try decode("plateau", as: PlateauSchedule.self)),
            progress
        )
    }
}
