import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Token states against those that transformers and timm compute with the same random weights.
@Suite struct VisionTransformerTests {
    static let folders = ["vit-hf", "vit-hf-odd", "vit-timm", "vit-timm-odd"]

    /// One of the two inputs of a reference array, `[2, …]`.
    private func half(_ tensor: Tensor, _ index: Int) -> Tensor {
        let size = tensor.count / 2
        return Tensor(
            Array(tensor.elements[index * size..<(index + 1) * size]),
            shape: Array(tensor.shape.dropFirst()))
    }

    private func states(_ model: any FrozenBackbone, of input: BackboneInput) -> [Tensor] {
        var states: [Tensor] = []
        model.makeWorker().forEachState(of: input, layers: Set(0...model.depth)) { _, state in
            states.append(state)
        }
        return states
    }

    private func compare(
        _ states: [Tensor], _ model: any FrozenBackbone, with reference: SafeTensors,
        prefix: String,
        index: Int
    ) throws {
        for (layer, state) in states.enumerated() {
            let expected = half(try reference.tensor("\(prefix)block_0\(layer)"), index)
            let error = relativeError(state, expected)
            #expect(error < 1e-4, "\(prefix)block_0\(layer): \(error)")
        }
        let final = half(try reference.tensor("\(prefix)final"), index)
        let norm = try #require(model.finalNorm)
        #expect(relativeError(norm(try #require(states.last)), final) < 1e-4)
    }

    @Test(arguments: folders)
    func pictureStatesAgreeWithTheReference(folder: String) throws {
        let backbone = try BackboneCatalog.load(Reference.path(folder))
        let reference = try Reference.tensors("vit-states")
        let bytes = try reference.bytes(of: "\(folder)/rgb")
        for index in 0..<2 {
            let size = bytes.count / 2
            let side = Int((Double(size) / 3).squareRoot())
            let picture = BackboneInput.picture(
                rgb: Array(bytes[index * size..<(index + 1) * size]), height: side, width: side)
            let states = states(backbone.model, of: picture)
            try compare(
                states, backbone.model, with: reference, prefix: "\(folder)/", index: index)
        }
    }

    @Test(arguments: folders)
    func spectrogramStatesAgreeWithTheReference(folder: String) throws {
        let backbone = try BackboneCatalog.load(Reference.path(folder), reading: .spectrograms)
        let reference = try Reference.tensors("vit-states")
        let spectrograms = try reference.tensor("\(folder)/logmel")
        for index in 0..<2 {
            let input = BackboneInput.spectrogram(half(spectrograms, index))
            try compare(
                states(backbone.model, of: input), backbone.model, with: reference,
                prefix: "\(folder)/audio_", index: index)
        }
    }

    @Test func statesDoNotDependOnTheLayersThatAreKept() throws {
        let model = try BackboneCatalog.load("builtin:tiny").model
        let input = BackboneInput.picture(
            rgb: (0..<224 * 224 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }, height: 224,
            width: 224)
        let all = states(model, of: input)
        for layer in 0...model.depth {
            var kept: [(Int, Tensor)] = []
            model.makeWorker().forEachState(of: input, layers: [layer]) { kept.append(($0, $1)) }
            #expect(kept.map(\.0) == [layer])
            #expect(kept.map(\.1) == [all[layer]])
        }
    }

    /// The weights come from a seed by a documented rule, so their states never change.
    @Test func builtinBackboneIsAlwaysTheSame() throws {
        let model = try VisionTransformer.tiny(.f32)
        #expect(model.classToken.elements.prefix(2) == again().prefix(2))
        let parameters = model.positions.count + model.classToken.count
        #expect(parameters == 198 * 96)
    }

    /// The class token by the rule in the documentation, drawn after the patch embedding's kernel.
    private func again() -> [Float] {
        var generator = SplitMix64(seed: 2026)
        for _ in 0..<96 * 768 { _ = Float.random(in: -0.0625...0.0625, using: &generator) }
        return (0..<96).map { _ in Float.random(in: -0.5...0.5, using: &generator) }
    }

    /// PyTorch's `interpolate(mode="linear", align_corners=False)` of 0, 1, 2 to 2 and to 5 values.
    @Test func positionsAreResizedBetweenCentres() {
        let table = Tensor([0, 1, 2], shape: [3, 1])
        #expect(
            relativeError(table.resizedRows(to: 2), Tensor([0.25, 1.75], shape: [2, 1])) < 1e-6)
        let expected = Tensor([0, 0.4, 1, 1.6, 2], shape: [5, 1])
        #expect(relativeError(table.resizedRows(to: 5), expected) < 1e-6)
    }
}
