import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// Weights in several files, in files that are refused, and behind links.
@Suite struct CheckpointFileTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(copying: Reference.path("vit-hf")) }

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
    }

    private func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path(name))
    }

    /// Cuts the checkpoint into two shards and an index; `change` edits the map of names to shards.
    private func shard(_ change: (inout [String: String]) -> Void = { _ in }) throws {
        let file = try SafeTensors(reading: path("model.safetensors"))
        let names = file.entries.keys.sorted()
        var map: [String: String] = [:]
        for part in 1...2 {
            let shard = "model-0000\(part)-of-00002.safetensors"
            let own = names.enumerated().filter { $0.offset % 2 == part - 1 }.map(\.element)
            for name in own { map[name] = shard }
            let tensors = try own.map { (name: $0, value: try file.tensor($0)) }
            try SafeTensors.encode(tensors).write(to: URL(filePath: path(shard)))
        }
        change(&map)
        let json = try JSONSerialization.data(withJSONObject: ["weight_map": map])
        try json.write(to: URL(filePath: path("model.safetensors.index.json")))
        try remove("model.safetensors")
    }

    private func error() -> BackboneError? {
        let path = folder.path
        return #expect(throws: BackboneError.self) { try BackboneCatalog.load(path) }
    }

    /// States of a picture by a backbone.
    private static func states(_ backbone: Backbone) -> Tensor {
        var states = Tensor(shape: [0])
        let rgb = (0..<64 * 64 * 3).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        backbone.model.makeWorker().forEachState(
            of: .picture(rgb: rgb, height: 64, width: 64), layers: [3]
        ) { states = $1 }
        return states
    }

    @Test func shardsAreOneCheckpoint() throws {
        let whole = Self.states(try BackboneCatalog.load(folder.path))
        try shard()
        let backbone = try BackboneCatalog.load(folder.path)
        #expect(
            backbone.weights.map { URL(filePath: $0).lastPathComponent }
                == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"])
        #expect(Self.states(backbone) == whole)
    }

    @Test func missingShardIsNamed() throws {
        try shard()
        try remove("model-00002-of-00002.safetensors")
        let error = error()
        #expect(error?.kind == .missing)
        #expect(error?.reason.hasPrefix("the shard model-00002-of-00002.safetensors of") == true)
    }

    @Test func tensorThatItsShardLacksIsNamed() throws {
        try shard { $0["extra.weight"] = "model-00001-of-00002.safetensors" }
        #expect(error()?.reason == "it has no tensor 'extra.weight', which the index places there")
    }

    @Test func tensorThatTheIndexDoesNotKnowIsNamed() throws {
        try shard { $0["layernorm.weight"] = nil }
        #expect(
            error()?.reason
                == "it has tensor 'layernorm.weight', which the index does not place there")
    }

    @Test(arguments: [
        "../model.safetensors", "/etc/model.safetensors", "sub/model.safetensors", "model.bin", "",
        ".safetensors", "..",
    ])
    func shardElsewhereIsRefused(name: String) throws {
        try shard { $0["layernorm.weight"] = name }
        #expect(
            error()?.reason
                == "the shard '\(name)' of tensor 'layernorm.weight' is not the name of a "
                + "safetensors file")
    }

    @Test(arguments: [
        (#"{}"#, "it has no valid 'weight_map'"),
        (#"{"weight_map": {}}"#, "its weight_map is empty"),
        (#"{"weight_map": {"a": 1}}"#, "'weight_map' has a value of another kind"),
        (#"{"weight_map": "#, "it is not a readable JSON file"),
    ])
    func wrongIndexIsNamed(index: String, reason: String) throws {
        try remove("model.safetensors")
        try write(index, "model.safetensors.index.json")
        let error = error()
        #expect(error?.reason == reason)
        #expect(error?.operation.hasSuffix("model.safetensors.index.json") == true)
    }

    @Test(arguments: [
        "pytorch_model.bin", "model.pth", "checkpoint.pt", "pytorch_model.bin.index.json",
        "open_clip_pytorch_model.bin", "model.ckpt",
    ])
    func picklesAreRefusedWithARemedy(name: String) throws {
        try write("x", name)
        _ = try BackboneCatalog.load(folder.path)
        try remove("model.safetensors")
        let refused = error()
        #expect(refused?.reason.hasPrefix("\(name) is a pickle, which can run code") == true)
        #expect(refused?.reason.contains("save_pretrained('\(folder.path)')") == true)
        #expect(refused?.description.contains("\n") == false)
        try remove("config.json")
        #expect(error()?.reason.contains("\(name) is a pickle") == true)
    }

    @Test func fileInPlaceOfAFolderIsNamed() throws {
        let path = path("model.safetensors")
        let error = #expect(throws: BackboneError.self) { try BackboneCatalog.load(path) }
        #expect(error?.reason.hasPrefix("it is a file; name the folder") == true)
    }

    /// As the hub's own cache lies on the disk: files are links into `blobs`.
    @Test func snapshotOfTheHubIsNamedAfterItsModel() throws {
        let hub = try TemporaryFolder(), manager = FileManager.default
        let model = "\(hub.path)/models--google--vit-tiny"
        let snapshot = "\(model)/snapshots/0123abcd"
        try manager.createDirectory(atPath: "\(model)/blobs", withIntermediateDirectories: true)
        try manager.createDirectory(atPath: snapshot, withIntermediateDirectories: true)
        for (blob, name) in try manager.contentsOfDirectory(atPath: folder.path).enumerated() {
            try manager.copyItem(atPath: path(name), toPath: "\(model)/blobs/\(blob)")
            try manager.createSymbolicLink(
                atPath: "\(snapshot)/\(name)", withDestinationPath: "../../blobs/\(blob)")
        }
        #expect(try BackboneCatalog.load(snapshot).name == "vit-tiny")
        #expect(try BackboneCatalog.load(snapshot + "/").name == "vit-tiny")
        let error = #expect(throws: BackboneError.self) { try BackboneCatalog.load(model) }
        #expect(error?.reason.contains("name one of the folders in its snapshots") == true)
    }
}
