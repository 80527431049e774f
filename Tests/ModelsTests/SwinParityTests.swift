import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Token states of windowed backbones against those that transformers and timm compute with the same
/// random weights.
@Suite struct SwinParityTests {
    /// A checkpoint, one of its inputs, and the file that has its states.
    struct Case: CustomTestStringConvertible {
        let folder: String
        let input: String
        let states: String

        var key: String { "\(folder)/\(input)" }
        var testDescription: String { key }
        var kind: BackboneInput.Kind {
            input == "rgb" || input == "wide" ? .pictures : .spectrograms
        }

        func load(_ compute: ComputeType = .f32) throws -> any FrozenBackbone {
            try BackboneCatalog.load(Reference.path(folder), reading: kind, compute: compute).model
        }

        func read(_ reference: SafeTensors) throws -> BackboneInput {
            let shape = try #require(reference.entries[key]?.shape)
            guard kind == .pictures else {
                let values = try reference.tensor(key).elements
                return .spectrogram(Tensor(values, shape: Array(shape.dropFirst())))
            }
            return .picture(rgb: try reference.bytes(of: key), height: shape[1], width: shape[2])
        }

        /// A state of the reference, `[N, C]`.
        func state(_ name: String, _ reference: SafeTensors) throws -> Tensor {
            let state = try reference.tensor("\(key)/\(name)")
            return Tensor(state.elements, shape: Array(state.shape.dropFirst()))
        }
    }

    static let cases =
        [
            ("swin-hf", ["rgb", "logmel"]), ("swin-hf-odd", ["rgb", "logmel"]),
            ("swinv2-hf", ["rgb", "wide", "logmel"]), ("swinv2-hf-odd", ["rgb", "wide"]),
            ("swin-timm", ["rgb", "logmel"]), ("swin-timm-odd", ["rgb"]),
            ("swinv2-timm", ["rgb", "wide", "logmel"]), ("swinv2-timm-odd", ["rgb", "wide"]),
        ].flatMap { folder, inputs in
            inputs.map { Case(folder: folder, input: $0, states: "swin-states") }
        }
        + ["htsat-clap", "htsat-clap-odd"].flatMap { folder in
            ["whole", "short"].map { Case(folder: folder, input: $0, states: "htsat-states") }
        }

    /// Largest relative error of a layer in a number type; nil for int8, which is judged by the cosine
    /// of the last layer.
    private func tolerance(_ compute: ComputeType) -> Double? {
        switch compute {
        case .f32: 1e-4
        case .bf16: 2e-2
        case .int8: nil
        }
    }

    private func states(
        _ worker: any BackboneWorker, _ model: any FrozenBackbone, of input: BackboneInput
    ) -> [Tensor] {
        var states: [Tensor] = []
        worker.forEachState(of: input, layers: Set(0...model.depth)) { layer, state in
            #expect(layer == states.count)
            states.append(state)
        }
        return states
    }

    @Test(arguments: cases, ComputeType.allCases)
    func statesAgreeWithTheReference(_ test: Case, compute: ComputeType) throws {
        let model = try test.load(compute)
        let reference = try Reference.tensors(test.states)
        let input = try test.read(reference)
        let states = states(model.makeWorker(), model, of: input)
        #expect(states.count == model.depth + 1)
        guard let tolerance = tolerance(compute) else {
            let last = try test.state("block_0\(model.depth)", reference)
            #expect(try #require(states.last).cosine(to: last) >= 0.999)
            return
        }
        for (layer, state) in states.enumerated() {
            let expected = try test.state("block_0\(layer)", reference)
            try #require(state.shape == expected.shape)
            let error = relativeError(state, expected)
            #expect(error < tolerance, "block_0\(layer): \(error)")
            let layout = try model.layout(ofLayer: layer, for: input.size)
            #expect([layout.tokens, layout.width] == state.shape && layout.specials == 0)
        }
        let norm = try #require(model.finalNorm)
        let final = relativeError(
            norm(try #require(states.last)), try test.state("final", reference))
        #expect(final < tolerance, "final: \(final)")
    }

    /// Memory of a worker is used again, for inputs of the same size and of others.
    @Test(arguments: ["swinv2-hf", "swin-timm", "htsat-clap"])
    func statesDoNotDependOnEarlierInputs(folder: String) throws {
        let cases = Self.cases.filter { $0.folder == folder && $0.kind == .spectrograms }
        let test = try #require(cases.last)
        let model = try test.load()
        let input = try test.read(Reference.tensors(test.states))
        let fresh = states(model.makeWorker(), model, of: input)

        let worker = model.makeWorker()
        let (frames, bands) = try #require(test.size(input))
        let others = [(frames, bands), (frames - 9, bands)].map { frames, bands in
            BackboneInput.spectrogram(Tensor(repeating: 0.7, shape: [frames, bands]))
        }
        for other in others {
            _ = states(worker, model, of: other)
            #expect(states(worker, model, of: input) == fresh)
        }
    }

    @Test(arguments: ["swin-hf-odd", "swinv2-timm"])
    func statesDoNotDependOnTheLayersThatAreKept(folder: String) throws {
        let test = try #require(Self.cases.first { $0.folder == folder })
        let model = try test.load()
        let input = try test.read(Reference.tensors(test.states))
        let all = states(model.makeWorker(), model, of: input)
        let worker = model.makeWorker()
        for layer in 0...model.depth {
            var kept: [(Int, Tensor)] = []
            worker.forEachState(of: input, layers: [layer]) { kept.append(($0, $1)) }
            #expect(kept.map(\.0) == [layer])
            #expect(kept.map(\.1) == [all[layer]])
        }
    }
}

extension SwinParityTests.Case {
    fileprivate func size(_ input: BackboneInput) -> (frames: Int, bands: Int)? {
        guard case .spectrogram(let frames, let bands) = input.size else { return nil }
        return (frames, bands)
    }
}
