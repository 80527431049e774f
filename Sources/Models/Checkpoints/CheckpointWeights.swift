import Foundation
import Tensors

/// The files of a checkpoint's folder that hold its weights.
///
/// That is `model.safetensors`, or the shards that `model.safetensors.index.json` names:
///
/// ```json
/// {"weight_map": {"embeddings.weight": "model-00001-of-00002.safetensors", …}}
/// ```
enum CheckpointWeights {
    static let single = "model.safetensors"
    static let index = "model.safetensors.index.json"

    /// Finds the files.
    ///
    /// - Returns: Their paths, shards in the order of their names, and for shards the file in which
    ///   the index says that each tensor is.
    /// - Throws: ``BackboneError`` of kind `missing` if there are none, with the remedy if there are
    ///   pickles in their place, or that names what is wrong with the index.
    static func find(
        in folder: String
    ) throws(BackboneError) -> (paths: [String], map: [String: String]) {
        if FileManager.default.fileExists(atPath: "\(folder)/\(single)") {
            return (["\(folder)/\(single)"], [:])
        }
        guard let index = try CheckpointConfiguration(index, in: folder) else {
            throw missing(in: folder)
        }
        let map: [String: String] = try index.require("weight_map")
        guard !map.isEmpty else { throw index.error("its weight_map is empty") }
        for (tensor, name) in map.sorted(by: { $0.key < $1.key }) {
            guard isPlain(name) else {
                throw index.error(
                    "the shard '\(name)' of tensor '\(tensor)' is not the name of a safetensors file"
                )
            }
            guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else {
                throw BackboneError(
                    "load backbone \(index.path)",
                    "the shard \(name) of tensor '\(tensor)' is missing", .missing)
            }
        }
        return (
            Set(map.values).sorted().map { "\(folder)/\($0)" }, map.mapValues { "\(folder)/\($0)" }
        )
    }

    /// Whether a name is that of a safetensors file in the same folder.
    private static func isPlain(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && !name.hasPrefix(".")
            && !name.contains { $0 == "/" || $0 == "\0" }
    }

    /// Endings of files that Python's pickle wrote, which run code when they are read.
    private static let pickled = [".bin", ".pth", ".pt", ".ckpt", ".pkl", ".bin.index.json"]

    private static func missing(in folder: String) -> BackboneError {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        if let pickle = pickle(among: names) {
            return BackboneError(
                "load backbone \(folder)",
                "\(pickle) is a pickle, which can run code when it is read; convert it where you "
                    + "trust it: python -c \"from transformers import AutoModel; "
                    + "AutoModel.from_pretrained('\(folder)').save_pretrained('\(folder)')\"")
        }
        return BackboneError("load backbone \(folder)", "it has no \(single)", .missing)
    }

    /// The first pickle of a folder, if it has any and no safetensors file.
    static func pickle(among names: [String]) -> String? {
        guard !names.contains(where: { $0.hasSuffix(".safetensors") }) else { return nil }
        return names.sorted().first { name in pickled.contains { name.hasSuffix($0) } }
    }
}

extension BackboneError {
    /// A file of weights that cannot be read.
    init(_ error: SafeTensors.Error) {
        let kind: Kind =
            switch error.kind {
            case .missing: .missing
            case .permission: .permission
            case .invalid: .unreadable
            }
        self.init("load backbone \(error.operation.dropFirst("read ".count))", error.reason, kind)
    }
}
