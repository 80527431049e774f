import Foundation
import Tensors

/// A backbone ready to compute, and what its caches are to remember of it.
public struct Backbone: Sendable {
    /// Short name, for folders of caches: the checkpoint's folder, or what follows `builtin:`.
    public let name: String

    /// `vit`, and how its weights are named: `huggingface`, `timm` or `builtin`.
    public let family: String
    public let convention: String

    /// The file that holds the weights, for its hash; nil for a built-in backbone.
    public let weights: String?

    public let model: VisionTransformer
}

/// The families of backbones that avprep loads.
public enum BackboneCatalog {
    /// Names of backbones that need no files.
    static let builtin = ["tiny"]

    /// Loads a backbone.
    ///
    /// `name` is the folder of a published checkpoint, with `config.json` and `model.safetensors`, or
    /// `builtin:tiny`.
    ///
    /// - Throws: ``BackboneError`` that names the file, key or tensor which is wrong.
    public static func load(_ name: String) throws(BackboneError) -> Backbone {
        if name.hasPrefix("builtin:") {
            guard builtin.contains(String(name.dropFirst(8))) else {
                let known = builtin.map { "builtin:\($0)" }.joined(separator: ", ")
                throw BackboneError(
                    "load backbone \(name)", "it is unknown (known: \(known))",
                    .unknown)
            }
            return Backbone(
                name: String(name.dropFirst(8)), family: "vit", convention: "builtin", weights: nil,
                model: try VisionTransformer.tiny())
        }
        return try load(folder: name)
    }

    private static func load(folder: String) throws(BackboneError) -> Backbone {
        guard let config = try decode(BackboneConfiguration.self, "config.json", in: folder) else {
            throw BackboneError("load backbone \(folder)", "it has no config.json", .missing)
        }
        let weights = "\(folder)/model.safetensors"
        guard FileManager.default.fileExists(atPath: weights) else {
            throw BackboneError(
                "load backbone \(folder)", "it has no model.safetensors", .missing)
        }
        let isTimm = config.architecture != nil
        let configuration: VisionTransformer.Configuration
        if isTimm {
            configuration = try config.timmViT(folder: folder)
        } else {
            guard config.model_type == "vit" else {
                throw BackboneError(
                    "load backbone \(folder)",
                    "its model_type '\(config.model_type ?? "")' is unknown (known: vit)")
            }
            let preprocessor = try decode(
                PreprocessorConfiguration.self, "preprocessor_config.json", in: folder)
            configuration = try config.huggingFaceViT(preprocessor, folder: folder)
        }
        try check(configuration, folder: folder)

        let file: SafeTensors
        do {
            file = try SafeTensors(reading: weights)
        } catch {
            throw BackboneError(
                "load backbone \(weights)", error.reason,
                error.kind == .permission ? .permission : .unreadable)
        }
        return Backbone(
            name: URL(filePath: folder).standardized.lastPathComponent, family: "vit",
            convention: isTimm ? "timm" : "huggingface", weights: weights,
            model: isTimm
                ? try VisionTransformer(timm: file, configuration)
                : try VisionTransformer(huggingFace: file, configuration))
    }

    /// Refuses numbers with which the model could not be built.
    private static func check(
        _ configuration: VisionTransformer.Configuration, folder: String
    ) throws(BackboneError) {
        let positive = [
            configuration.patchSize, configuration.width, configuration.hiddenWidth,
            configuration.depth, configuration.heads,
        ]
        guard
            positive.allSatisfy({ 1...(1 << 16) ~= $0 }),
            configuration.patchSize <= configuration.imageSize, configuration.imageSize <= 1 << 14,
            configuration.width.isMultiple(of: configuration.heads),
            configuration.pixelMean.count == 3, configuration.pixelDeviation.count == 3,
            configuration.pixelDeviation.allSatisfy({ $0 > 0 })
        else {
            throw BackboneError("load backbone \(folder)", "its configuration is not that of a ViT")
        }
    }

    /// A JSON file of the folder; nil if there is none.
    private static func decode<Value: Decodable>(
        _: Value.Type, _ name: String, in folder: String
    ) throws(BackboneError) -> Value? {
        let path = "\(folder)/\(name)"
        guard FileManager.default.fileExists(atPath: folder) else {
            throw BackboneError("load backbone \(folder)", "No such folder", .missing)
        }
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(filePath: path)))
        } catch let DecodingError.typeMismatch(_, context) {
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw BackboneError("load backbone \(path)", "'\(key)' has a value of another kind")
        } catch CocoaError.fileReadNoPermission {
            throw BackboneError("load backbone \(path)", "Permission denied", .permission)
        } catch {
            throw BackboneError("load backbone \(path)", "it is not a readable JSON file")
        }
    }
}
