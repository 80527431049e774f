import Models
import Neural
import Storage
import Tensors

/// Parameters, and what else a run needs to go on or to be evaluated, as one safetensors file.
struct Checkpoint {
    private var tensors: [(name: String, value: Tensor)] = []

    init(_ model: EventModel, _ standardisation: Standardisation?) {
        tensors = model.parameters.map { ($0.name, $0.value) }
        guard let standardisation else { return }
        for stream in standardisation.channels.streams {
            guard let channels = standardisation.channels[stream] else { continue }
            tensors.append(("standardisation.\(stream.rawValue).mean", channels.mean))
            tensors.append(("standardisation.\(stream.rawValue).scale", channels.scale))
        }
    }

    /// Adds the state of an optimiser, under names that begin with `optimizer.`.
    mutating func add(_ optimizer: AdamW) {
        tensors += optimizer.state.map { ("optimizer.\($0.name)", $0.value) }
    }

    func write(to path: String, epoch: Int) throws {
        let bytes = SafeTensors.encode(
            tensors, metadata: ["epoch": "\(epoch)", "producer": Producer.name])
        try AtomicFile.write(bytes, to: path)
    }

    /// Sets a model's parameters from a file.
    ///
    /// - Returns: The standardisation that was in use, and the epoch after which it was written.
    static func restore(
        _ model: EventModel, from file: SafeTensors
    ) throws -> (standardisation: Standardisation?, epoch: Int) {
        for parameter in model.parameters {
            let value = try file.tensor(parameter.name)
            guard value.shape == parameter.value.shape else {
                throw TrainingError(
                    .failed, "read \(file.path)",
                    "'\(parameter.name)' has shape \(value.shape), not \(parameter.value.shape)")
            }
            parameter.value = value
        }
        var channels: [Stream: Standardisation.Channels] = [:]
        for stream in Stream.allCases {
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

    /// The optimiser's state in a file.
    static func optimizerState(in file: SafeTensors) throws -> [(name: String, value: Tensor)] {
        try file.entries.keys.filter { $0.hasPrefix("optimizer.") }.sorted().map {
            (String($0.dropFirst("optimizer.".count)), try file.tensor($0))
        }
    }
}
