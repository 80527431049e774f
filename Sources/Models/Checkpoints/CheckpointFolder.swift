import Foundation
import Neural
import Tensors

/// The folder of a published checkpoint: `config.json`, its weights, and what else lies beside them.
///
/// Its files may be symbolic links, as they are in a snapshot of the hub's own cache.
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

    /// The file of each tensor, where there are several.
    private let map: [String: String]

    /// Opens a folder.
    ///
    /// - Throws: ``BackboneError`` that names what is missing or unreadable.
    init(_ path: String, compute: ComputeType) throws(BackboneError) {
        self.path = path
        self.compute = compute
        try Self.checkIsFolder(path)
        guard let configuration = try CheckpointConfiguration("config.json", in: path) else {
            throw Self.withoutConfiguration(path)
        }
        self.configuration = configuration
        preprocessor = try CheckpointConfiguration("preprocessor_config.json", in: path)
        (weights, map) = try CheckpointWeights.find(in: path)
    }

    private static func checkIsFolder(_ path: String) throws(BackboneError) {
        var isFolder: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard exists, !isFolder.boolValue else { return }
        throw BackboneError(
            "load backbone \(path)",
            "it is a file; name the folder that has config.json and model.safetensors")
    }

    private static func withoutConfiguration(_ path: String) -> BackboneError {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let operation = "load backbone \(path)"
        if let pickle = CheckpointWeights.pickle(among: names) {
            return BackboneError(
                operation,
                "it has no config.json, and \(pickle) is a pickle; get the checkpoint with "
                    + "config.json and model.safetensors", .missing)
        }
        if names.contains("snapshots") {
            return BackboneError(
                operation, "it has no config.json; name one of the folders in its snapshots",
                .missing)
        }
        return BackboneError(operation, "it has no config.json", .missing)
    }

    /// The tensors of the checkpoint, to be taken by name.
    func tensors() throws(BackboneError) -> CheckpointTensors {
        let files: [SafeTensors]
        do throws(SafeTensors.Error) {
            files = try weights.map { path throws(SafeTensors.Error) in
                try SafeTensors(reading: path)
            }
        } catch {
            throw BackboneError(error)
        }
        return try CheckpointTensors(files, map: map, compute: compute, path: path)
    }

    /// Its name, for folders of caches: that of the model where it is a snapshot of the hub's cache,
    /// `models--organisation--name/snapshots/revision`.
    var name: String {
        let parts = URL(filePath: path).standardized.pathComponents
        let last = parts.last ?? path
        guard parts.count >= 3, parts[parts.count - 2] == "snapshots" else { return last }
        let repository = parts[parts.count - 3].split(separator: "--")
        guard repository.count >= 2, repository[0] == "models" else { return last }
        return String(repository[repository.count - 1])
    }
}
