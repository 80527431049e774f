import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// Checkpoints with one thing wrong, each of which the error names.
@Suite struct BackboneLoadingTests: ~Copyable {
    let checkpoint: DamagedCheckpoint

    init() throws { checkpoint = try DamagedCheckpoint("vit-hf") }

    private var path: String { checkpoint.folder.path }

    @Test func missingTensorIsNamed() throws {
        try checkpoint.rewrite { $0["encoder.layer.1.output.dense.bias"] = nil }
        checkpoint.expectError("it has no tensor 'encoder.layer.1.output.dense.bias'")
    }

    @Test func wrongShapeIsNamed() throws {
        try checkpoint.rewrite { $0["layernorm.weight"] = Tensor(shape: [32]) }
        checkpoint.expectError("tensor 'layernorm.weight' has shape [32], not [64]")
    }

    @Test func extraTensorIsNamed() throws {
        try checkpoint.rewrite { $0["encoder.layer.9.output.dense.bias"] = Tensor(shape: [1]) }
        checkpoint.expectError("it has an unexpected tensor 'encoder.layer.9.output.dense.bias'")
    }

    @Test func wrappedModelLoads() throws {
        try checkpoint.rewrite { tensors in
            tensors = Dictionary(uniqueKeysWithValues: tensors.map { ("vit.\($0)", $1) })
            tensors["classifier.weight"] = Tensor(shape: [2, 64])
        }
        let wrapped = try BackboneCatalog.load(path).model as? VisionTransformer
        let plain = try BackboneCatalog.load(Reference.path("vit-hf")).model as? VisionTransformer
        let positions = (wrapped: wrapped?.embedding.positions, plain: plain?.embedding.positions)
        #expect(try #require(positions.wrapped).values == #require(positions.plain).values)
    }

    @Test func truncatedWeightsAreNamed() throws {
        let file = "\(path)/model.safetensors"
        let bytes = try Data(contentsOf: URL(filePath: file))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: file))
        checkpoint.expectError("(truncated?)")
    }

    @Test func missingFilesAreNamed() throws {
        try FileManager.default.removeItem(atPath: "\(path)/model.safetensors")
        checkpoint.expectError("it has no model.safetensors", .missing)
        try FileManager.default.removeItem(atPath: "\(path)/config.json")
        checkpoint.expectError("it has no config.json", .missing)
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
        try checkpoint.configure("\"model_type\": \"vit\"", "\"model_type\": \"mamba\"")
        checkpoint.expectError("its model_type 'mamba' is unknown (known: ")
    }

    @Test func missingKeyIsNamed() throws {
        try checkpoint.configure("\"hidden_size\"", "\"hidden_sise\"")
        checkpoint.expectError("config.json: it has no valid 'hidden_size'")
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
        try checkpoint.configure(old, new)
        checkpoint.expectError(reason)
    }
}
