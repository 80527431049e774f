import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// A small checkpoint with random weights, an input, and what its blocks are.
struct SuffixCase: Sendable, CustomTestStringConvertible {
    let folder: String
    let size: BackboneInput.Size

    var testDescription: String { "\(folder) \(size)" }

    static let vit = SuffixCase(folder: "vit-hf", size: .picture(height: 64, width: 64))
    static let swin = SuffixCase(folder: "swin-hf", size: .picture(height: 64, width: 64))
    static let swinV2 = SuffixCase(
        folder: "swinv2-hf", size: .picture(height: 64, width: 64))
    static let bert = SuffixCase(folder: "bert", size: .text(tokens: 9))

    /// Maps that whole windows do not make up, and of which an odd side is merged.
    static let padded = SuffixCase(folder: "swin-hf", size: .picture(height: 60, width: 52))
    static let paddedV2 = SuffixCase(folder: "swinv2-hf", size: .picture(height: 60, width: 52))

    /// Blocks with norms before and after, layer scales, gates, class and distillation tokens.
    static let plain = [
        vit, bert, SuffixCase(folder: "timm-deit3", size: .picture(height: 64, width: 64)),
        SuffixCase(folder: "dinov2-swiglu", size: .picture(height: 56, width: 56)),
        SuffixCase(folder: "clip-text", size: .text(tokens: 7)),
        SuffixCase(folder: "siglip", size: .picture(height: 64, width: 64)),
    ]

    /// Windows with learned and computed biases, shifts, and merging of patches.
    static let windowed = [
        swin, swinV2,
        SuffixCase(folder: "swinv2-timm", size: .picture(height: 64, width: 64)),
        SuffixCase(folder: "htsat-clap", size: .spectrogram(frames: 256, bands: 16)),
    ]

    private var kind: BackboneInput.Kind {
        switch size {
        case .picture: .pictures
        case .spectrogram: .spectrograms
        case .text: .texts
        }
    }

    func backbone() throws -> Backbone {
        try BackboneCatalog.load(Reference.path(folder), reading: kind)
    }

    /// The blocks from one on.
    func suffix(from first: Int) throws -> FrozenSuffix {
        try backbone().suffix(from: first, for: size)
    }

    /// An input with random contents.
    func input(seed: UInt64) -> BackboneInput {
        var generator = SplitMix64(seed: seed)
        switch size {
        case .picture(let height, let width):
            return .picture(
                rgb: (0..<height * width * 3).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }, height: height, width: width)
        case .spectrogram(let frames, let bands):
            return .spectrogram(
                .random(in: -4...4, shape: [frames, bands], using: &generator))
        case .text(let tokens):
            return .text(
                TokenizedText(
                    ids: (0..<tokens).map { _ in Int.random(in: 5..<90, using: &generator) }))
        }
    }

    /// States of all layers of some inputs, `[B, N, C]` each.
    func states(seeds: [UInt64]) throws -> [Tensor] {
        let model = try backbone().model, worker = model.makeWorker()
        var layers = [[Tensor]](repeating: [], count: model.depth + 1)
        for seed in seeds {
            worker.forEachState(of: input(seed: seed), layers: Set(0...model.depth)) {
                layers[$0].append($1)
            }
        }
        return layers.map { states in
            Tensor(states.flatMap(\.elements), shape: [states.count] + states[0].shape)
        }
    }
}
