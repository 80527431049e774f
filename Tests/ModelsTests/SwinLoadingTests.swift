import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Checkpoints of windowed backbones with one thing changed, which the error names or the model bears.
@Suite struct SwinLoadingTests: ~Copyable {
    private func load(
        _ name: String, reading kind: BackboneInput.Kind = .pictures,
        replacing old: String = "", with new: String = "",
        _ change: (inout [String: Tensor]) -> Void = { _ in }
    ) throws -> any FrozenBackbone {
        let folder = try TemporaryFolder(copying: Reference.path(name))
        if !old.isEmpty {
            let path = "\(folder.path)/config.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try #require(text.contains(old))
            try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
        }
        let path = "\(folder.path)/model.safetensors"
        let file = try SafeTensors(reading: path)
        var tensors: [String: Tensor] = [:]
        for (name, entry) in file.entries where entry.type == "F32" {
            tensors[name] = try file.tensor(name)
        }
        change(&tensors)
        let sorted = tensors.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        try SafeTensors.encode(sorted).write(to: URL(filePath: path))
        return try BackboneCatalog.load(folder.path, reading: kind).model
    }

    private func expectError(
        _ reason: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ load: () throws -> any FrozenBackbone
    ) {
        let error = #expect(throws: BackboneError.self, sourceLocation: sourceLocation) {
            _ = try load()
        }
        let text = error?.description ?? ""
        #expect(text.contains(reason), "\(text)", sourceLocation: sourceLocation)
    }

    private func finalState(_ model: any FrozenBackbone, rows: Int, columns: Int) -> Tensor {
        let x = Tensor((0..<rows * columns).map { Float($0 % 7) / 7 }, shape: [rows, columns])
        var state = Tensor(shape: [0])
        model.makeWorker().forEachState(of: .spectrogram(x), layers: [model.depth]) {
            state = $1
        }
        return state
    }

    @Test(arguments: [
        ("swin-hf", "encoder.layers.1.blocks.0.attention.self.relative_position_bias_table"),
        ("swinv2-hf", "encoder.layers.0.blocks.1.attention.self.logit_scale"),
        ("swinv2-timm", "layers.2.downsample.norm.weight"),
        ("swin-timm", "layers.1.blocks.1.attn.qkv.bias"),
        ("htsat-clap", "audio_encoder.batch_norm.running_var"),
    ])
    func missingAndMisshapenTensorsAreNamed(folder: String, name: String) {
        let kind: BackboneInput.Kind = folder.hasPrefix("htsat") ? .spectrograms : .pictures
        expectError("it has no tensor '\(name)'") {
            try load(folder, reading: kind) { $0[name] = nil }
        }
        expectError("tensor '\(name)' has shape [3, 1, 1], not") {
            try load(folder, reading: kind) { $0[name] = Tensor(shape: [3, 1, 1]) }
        }
    }

    @Test(arguments: ["swin-hf", "swinv2-timm", "htsat-clap"])
    func extraTensorsAreNamed(folder: String) {
        let kind: BackboneInput.Kind = folder.hasPrefix("htsat") ? .spectrograms : .pictures
        expectError("it has an unexpected tensor 'layers.9.blocks.0.norm1.bias'") {
            try load(folder, reading: kind) {
                $0["layers.9.blocks.0.norm1.bias"] = Tensor(shape: [1])
            }
        }
    }

    @Test(arguments: [
        ("swin-hf", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"", "'hidden_act' is relu"),
        (
            "swinv2-hf", "\"use_absolute_embeddings\": false", "\"use_absolute_embeddings\": true",
            "'use_absolute_embeddings' is true"
        ),
        ("swin-hf", "\"window_size\": 4", "\"window_size\": 999", "its windows do not fit"),
        ("swin-hf", "\"embed_dim\": 16", "\"embed_dim\": 17", "heads do not share a width of 17"),
        (
            "swin-hf", "\"num_heads\": [", "\"num_heads\": [8,",
            "not that of a Swin Transformer"
        ),
        (
            "swinv2-hf", "\"image_size\": 64", "\"image_size\": 8", "its windows do not fit"
        ),
        (
            "swinv2-timm", "swinv2_base_window12_192", "swinv2_cr_tiny_224",
            "its architecture 'swinv2_cr_tiny_224' is unknown"
        ),
        (
            "swin-timm", "\"window_size\": 5", "\"window_size\": 5, \"head_dim\": 8",
            "'model_args.head_dim' is not supported"
        ),
        (
            "htsat-clap", "\"enable_fusion\": false", "\"enable_fusion\": true",
            "'enable_fusion' is true"
        ),
        ("htsat-clap", "\"window_size\": 4", "\"window_size\": 6", "windows of 6×6 do not fit"),
        (
            "htsat-clap", "\"num_mel_bins\": 16", "\"num_mel_bins\": 20",
            "'spec_size' 64 is no multiple of 'num_mel_bins' 20"
        ),
    ])
    func unsupportedConfigurationsAreNamed(
        folder: String, old: String, new: String, reason: String
    ) {
        let kind: BackboneInput.Kind = folder.hasPrefix("htsat") ? .spectrograms : .pictures
        expectError(reason) { try load(folder, reading: kind, replacing: old, with: new) }
    }

    @Test(arguments: ["9223372036854775807", "-9000000000000000000", "0"])
    func picturesOfNoReasonableSizeAreRefused(side: String) throws {
        let checkpoint = try DamagedCheckpoint("swinv2-timm")
        let sides = "[\n      48,\n      48\n    ]"
        try checkpoint.configure("\"img_size\": \(sides),", "")
        try checkpoint.configure(
            "\"input_size\": [\n      3,\n      48,\n      48\n    ]",
            "\"input_size\": [3, \(side), \(side)]"
        )
        checkpoint.expectError("its pictures are \(side)×\(side)")
    }

    /// The original checkpoints end a stage with merging, where timm's begin the next with it, and have
    /// buffers that follow from the configuration.
    @Test func originalNamesAreRead() throws {
        let renamed = try load("swinv2-timm") { tensors in
            for stage in 1...2 {
                for part in ["norm.weight", "norm.bias", "reduction.weight"] {
                    let tensor = tensors.removeValue(forKey: "layers.\(stage).downsample.\(part)")
                    tensors["layers.\(stage - 1).downsample.\(part)"] = tensor
                }
            }
            let attention = "layers.0.blocks.1.attn"
            tensors["\(attention).relative_position_index"] = Tensor(shape: [16, 16])
            tensors["\(attention).relative_coords_table"] = Tensor(shape: [1, 7, 7, 2])
            tensors["layers.0.blocks.1.attn_mask"] = Tensor(shape: [9, 16, 16])
        }
        let plain = try BackboneCatalog.load(Reference.path("swinv2-timm")).model
        #expect(
            finalState(renamed, rows: 48, columns: 48) == finalState(plain, rows: 48, columns: 48))
    }

    /// A scale of a head's scores is at most 100.
    @Test(arguments: ["swinv2-hf", "swinv2-timm"])
    func scalesOfScoresAreClamped(folder: String) throws {
        func state(scale: Float) throws -> Tensor {
            let model = try load(folder) { tensors in
                for name in tensors.keys where name.hasSuffix("logit_scale") {
                    let shape = tensors[name]?.shape ?? []
                    tensors[name] = Tensor(repeating: scale, shape: shape)
                }
            }
            return finalState(model, rows: 48, columns: 48)
        }
        let largest = try state(scale: Foundation.log(100))
        #expect(try state(scale: 6) == largest)
        #expect(try state(scale: 4) != largest)
    }

    @Test func sizesThatDoNotFitAreRefused() throws {
        func error(_ folder: String, _ size: BackboneInput.Size) throws -> String {
            let model = try load(
                folder, reading: folder.hasPrefix("htsat") ? .spectrograms : .pictures)
            let error = #expect(throws: BackboneError.self) {
                _ = try model.layout(ofLayer: 0, for: size)
            }
            return error?.description ?? ""
        }
        #expect(
            try error("swin-hf", .picture(height: 32, width: 48))
                == "cannot encode frames of 48×32: the windows of stage 2 would have 2×2 tokens, "
                + "and its position biases are for 4×4")
        #expect(
            try error("swinv2-timm-odd", .picture(height: 42, width: 48))
                == "cannot encode frames of 48×42: the backbone reads multiples of its patches of 4×4"
        )
        #expect(
            try error("swinv2-hf", .picture(height: 3, width: 48)).contains("patches of 4×4"))
        #expect(try error("swin-hf", .text(tokens: 3)).contains("the backbone reads no text"))
        #expect(
            try error("htsat-clap", .spectrogram(frames: 257, bands: 16))
                == "cannot encode windows of 257×16: the backbone reads 16 bands and up to 256 frames"
        )
        #expect(
            try error("htsat-clap", .spectrogram(frames: 256, bands: 64)).contains("16 bands"))
    }

    @Test func htsatReadsNoPictures() {
        expectError("it does not read pictures, but spectrograms") { try load("htsat-clap") }
    }

    @Test func layoutsAreThoseOfTheStages() throws {
        let model = try load("swinv2-timm")
        let layouts = try (0...model.depth).map {
            try model.layout(ofLayer: $0, for: .picture(height: 56, width: 48))
        }
        #expect(layouts.map(\.rows) == [14, 14, 7, 7, 4, 4, 4])
        #expect(layouts.map(\.columns) == [12, 12, 6, 6, 3, 3, 3])
        #expect(layouts.map(\.width) == [16, 16, 32, 32, 64, 64, 64])
        #expect(layouts.allSatisfy { $0.specials == 0 })
        #expect(model.classRow(of: .picture(rgb: [], height: 56, width: 48)) == nil)
    }

    /// Names of timm, against the arguments that timm gives them.
    @Test func namesOfTimmAreKnown() throws {
        let base = try #require(TimmSwin("swinv2_base_window12_192"))
        #expect(base.isV2 && base.imageSize == 192 && base.width == 128)
        #expect(base.depths == [2, 2, 18, 2] && base.heads == [4, 8, 16, 32])
        #expect(base.windows == [12, 12, 12, 12] && base.pretrainedWindows == [0, 0, 0, 0])
        let large = try #require(TimmSwin("swinv2_large_window12to24_192to384"))
        #expect(large.imageSize == 384 && large.width == 192 && large.heads == [6, 12, 24, 48])
        #expect(large.windows == [24, 24, 24, 24] && large.pretrainedWindows == [12, 12, 12, 6])
        let tiny = try #require(TimmSwin("swin_tiny_patch4_window7_224"))
        #expect(!tiny.isV2 && tiny.depths == [2, 2, 6, 2] && tiny.windows == [7, 7, 7, 7])
        let searched = try #require(TimmSwin("swin_s3_base_224"))
        #expect(searched.depths == [2, 2, 30, 2] && searched.windows == [7, 7, 14, 7])
        for name in ["swin_tiny", "swin_huge_patch4_window7_224", "swinv2_base_192", "swin_s3_x_9"]
        {
            #expect(TimmSwin(name) == nil)
        }
    }
}
