import Foundation
import Neural
import Tensors

/// The folder of a published checkpoint: `config.json`, its weights, and what else lies beside them.
struct CheckpointFolder {
    let path: String

    /// What `config.json` says.
    let configuration: CheckpointConfiguration

    /// What `preprocessor_config.json` says, if there is one.
    let preprocessor: CheckpointConfiguration?

    /// The number type in which the model is to multiply.
    let compute: ComputeType

    /// Files that hold the weights.
    let weights: [String]

    /// Opens a folder.
    ///
    /// - Throws: ``BackboneError`` that names what is missing or unreadable.
    init(_ path: String, compute: ComputeType) throws(BackboneError) {
        self.path = path
        self.compute = compute
        guard let configuration = try CheckpointConfiguration("config.json", in: path) else {
            throw BackboneError("load backbone \(path)", "it has no config.json", .missing)
        }
        self.configuration = configuration
        preprocessor = try CheckpointConfiguration("preprocessor_config.json", in: path)
        weights = ["\(path)/model.safetensors"]
        guard FileManager.default.fileExists(atPath: weights[0]) else {
            throw BackboneError("load backbone \(path)", "it has no model.safetensors", .missing)
        }
    }

    /// The tensors of the checkpoint, to be taken by name.
    func tensors() throws(BackboneError) -> CheckpointTensors {
        do {
            return CheckpointTensors(try SafeTensors(reading: weights[0]), compute: compute)
        } catch {
            throw BackboneError(
                "load backbone \(weights[0])", error.reason,
                error.kind == .permission ? .permission : .unreadable)
        }
    }

    /// The folder's name, for folders of caches.
    var name: String { URL(filePath: path).standardized.lastPathComponent }
}
