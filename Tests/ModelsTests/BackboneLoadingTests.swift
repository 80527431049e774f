import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// Checkpoints with one thing wrong, each of which the error names.
@Suite struct BackboneLoadingTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder(copying: Reference.path("vit-hf"))
    }

    private func expectError(
        _ reason: String, _ kind: BackboneError.Kind = .unreadable,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let path = folder.path
        let error = #expect(throws: BackboneError.self, sourceLocation: sourceLocation) {
            try BackboneCatalog.load(path)
        }
        let text = error?.description ?? ""
        #expect(text.contains(reason), "\(text)", sourceLocation: sourceLocation)
        #expect(text.contains(path), sourceLocation: sourceLocation)
        #expect(error?.kind == kind, sourceLocation: sourceLocation)
    }

    /// Rewrites the checkpoint's tensors.
    private func rewrite(_ change: (inout [String: Tensor]) -> Void) throws {
        let path = "\(folder.path)/model.safetensors"
        let file = try SafeTensors(reading: path)
        var tensors: [String: Tensor] = [:]
        for name in file.entries.keys { tensors[name] = try file.tensor(name) }
        change(&tensors)
        let sorted = tensors.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        try SafeTensors.encode(sorted).write(to: URL(filePath: path))
    }

    private func configure(_ old: String, _ new: String) throws {
        let path = "\(folder.path)/config.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old))
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
    }

    @Test func missingTensorIsNamed() throws {
        try rewrite { $0["encoder.layer.1.output.dense.bias"] = nil }
        expectError("it has no tensor 'encoder.layer.1.output.dense.bias'")
    }

    @Test func wrongShapeIsNamed() throws {
        try rewrite { $0["layernorm.weight"] = Tensor(shape: [32]) }
        expectError("tensor 'layernorm.weight' has shape [32], not [64]")
    }

    @Test func extraTensorIsNamed() throws {
        try rewrite { $0["encoder.layer.9.output.dense.bias"] = Tensor(shape: [1]) }
        expectError("it has an unexpected tensor 'encoder.layer.9.output.dense.bias'")
    }

    @Test func wrappedModelLoads() throws {
        try rewrite { tensors in
            tensors = Dictionary(uniqueKeysWithValues: tensors.map { ("vit.\($0)", $1) })
            tensors["classifier.weight"] = Tensor(shape: [2, 64])
        }
        let wrapped = try BackboneCatalog.load(folder.path).model as? VisionTransformer
        let plain = try BackboneCatalog.load(Reference.path("vit-hf")).model as? VisionTransformer
        #expect(try #require(wrapped).positions == #require(plain).positions)
    }

    @Test func truncatedWeightsAreNamed() throws {
        let path = "\(folder.path)/model.safetensors"
        let bytes = try Data(contentsOf: URL(filePath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
        expectError("(truncated?)")
    }

    @Test func missingFilesAreNamed() throws {
        try FileManager.default.removeItem(atPath: "\(folder.path)/model.safetensors")
        expectError("it has no model.safetensors", .missing)
        try FileManager.default.removeItem(atPath: "\(folder.path)/config.json")
        expectError("it has no config.json", .missing)
    }

    @Test func missingFolderAndUnknownNameAreTold() {
        let missing = #expect(throws: BackboneError.self) { try BackboneCatalog.load("/nowhere") }
        #expect(missing?.description == "cannot load backbone /nowhere: No such folder")
        let unknown = #expect(throws: BackboneError.self) {
            try BackboneCatalog.load("builtin:big")
        }
        #expect(unknown?.kind == .unknown)
    }

    @Test func unsupportedConfigurationIsNamed() throws {
        try configure("\"model_type\": \"vit\"", "\"model_type\": \"mamba\"")
        expectError("its model_type 'mamba' is unknown (known: ")
    }

    @Test func missingKeyIsNamed() throws {
        try configure("\"hidden_size\"", "\"hidden_sise\"")
        expectError("config.json: it has no valid 'hidden_size'")
    }

    @Test(arguments: [
        (
            "\"num_attention_heads\": 4", "\"num_attention_heads\": 0",
            "'num_attention_heads' is 0"
        ),
        ("\"patch_size\": 16", "\"patch_size\": 20000", "not that of a ViT"),
        ("\"hidden_size\": 64", "\"hidden_size\": -64", "'hidden_size' is -64"),
        ("\"image_size\": 64", "\"image_size\": 1000000000", "'image_size' is 1000000000"),
    ])
    func hostileNumbersAreRefused(old: String, new: String, reason: String) throws {
        try configure(old, new)
        expectError(reason)
    }
}
