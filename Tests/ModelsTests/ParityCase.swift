import Models
import Neural
import Tensors
import TestSupport
import Testing

/// Token states of a checkpoint for one kind of input, as its own library computes them.
///
/// A file of references has, for each folder of a checkpoint, the inputs (`rgb`, `[B, H, W, 3]`, or
/// `logmel`, `[B, frames, bands]`), the states of each layer (`block_00` …, `[B, N, C]`) and what
/// the final norm makes of the last (`final`), each under a prefix that tells several kinds of
/// input apart.
struct ParityCase: Sendable, CustomTestStringConvertible {
    /// Folder of the checkpoint, or name of a built-in backbone, and file of the states.
    let folder: String
    let file: String

    var prefix = ""

    /// Whether the spectrogram is read.
    var kind = BackboneInput.Kind.pictures

    var testDescription: String { "\(folder)/\(prefix)\(kind)" }

    private func key(_ name: String) -> String { "\(folder)/\(prefix)\(name)" }

    /// The checkpoint, loaded.
    func backbone(_ compute: ComputeType = .f32) throws -> Backbone {
        let name = folder.hasPrefix("builtin:") ? folder : Reference.path(folder)
        return try BackboneCatalog.load(name, reading: kind, compute: compute)
    }

    /// The inputs of the batch.
    func inputs() throws -> [BackboneInput] {
        let reference = try Reference.tensors(file)
        switch kind {
        case .pictures:
            let shape = try #require(reference.entries[key("rgb")]).shape
            let bytes = try reference.bytes(of: key("rgb")), size = bytes.count / shape[0]
            return (0..<shape[0]).map {
                .picture(
                    rgb: Array(bytes[$0 * size..<($0 + 1) * size]), height: shape[1],
                    width: shape[2])
            }
        case .spectrograms:
            // A model may read log-mels by their own name, under the prefix of their states.
            let name =
                reference.entries["\(folder)/logmel"] == nil ? key("logmel") : "\(folder)/logmel"
            return try batch(reference.tensor(name)).map { .spectrogram($0) }
        case .texts: return []
        }
    }

    /// States of all layers of all inputs must be those of the reference.
    ///
    /// - Parameters:
    ///   - compute: The number type to multiply in.
    ///   - tolerance: Largest error of a state, relative to its length.
    /// - Throws: Whatever keeps the checkpoint or its references from being read.
    func expectStates(_ compute: ComputeType = .f32, within tolerance: Double) throws {
        let model = try backbone(compute).model, worker = model.makeWorker()
        let reference = try Reference.tensors(file)
        for (index, input) in try inputs().enumerated() {
            let layers = Set(0...model.depth)
            var states: [Tensor] = []
            worker.forEachState(of: input, layers: layers) { _, state in states.append(state) }
            #expect(states.count == model.depth + 1)
            for (layer, state) in states.enumerated() {
                let layout = try model.layout(ofLayer: layer, for: input.size)
                #expect(state.shape == [layout.tokens, layout.width])
                let name = key(layer < 10 ? "block_0\(layer)" : "block_\(layer)")
                let error = relativeError(state, try batch(reference.tensor(name))[index])
                #expect(error < tolerance, "\(name) in \(compute): \(error)")
            }
            #expect((model.finalNorm != nil) == (reference.entries[key("final")] != nil))
            guard let norm = model.finalNorm else { continue }
            let final = try batch(reference.tensor(key("final")))[index]
            let error = relativeError(norm(states[model.depth]), final)
            #expect(error < tolerance, "\(key("final")) in \(compute): \(error)")
        }
    }

    /// The cosine between the last layer and that of the reference must be near 1.
    func expectCosine(_ compute: ComputeType, atLeast least: Double) throws {
        let model = try backbone(compute).model, worker = model.makeWorker()
        let reference = try Reference.tensors(file)
        let name = key(model.depth < 10 ? "block_0\(model.depth)" : "block_\(model.depth)")
        for (index, input) in try inputs().enumerated() {
            let expected = try batch(reference.tensor(name))[index]
            try worker.forEachState(of: input, layers: [model.depth]) { _, state in
                try #require(state.shape == expected.shape)
                let cosine = state.cosine(to: expected)
                #expect(cosine >= least, "\(name) in \(compute): \(cosine)")
            }
        }
    }

    /// The states of an input must not depend on what the worker computed before.
    func expectTheSameAfterOthers(_ others: [BackboneInput]) throws {
        let model = try backbone().model
        let input = try #require(try inputs().first), layers = Set(0...model.depth)
        var fresh: [Tensor] = [], used: [Tensor] = []
        model.makeWorker().forEachState(of: input, layers: layers) { fresh.append($1) }
        let worker = model.makeWorker()
        for other in others { worker.forEachState(of: other, layers: layers) { _, _ in } }
        worker.forEachState(of: input, layers: layers) { used.append($1) }
        #expect(fresh == used)
    }

    /// The parts of an array along its first axis.
    private func batch(_ tensor: Tensor) -> [Tensor] {
        let size = tensor.count / tensor.shape[0]
        return (0..<tensor.shape[0]).map {
            Tensor(
                Array(tensor.elements[$0 * size..<($0 + 1) * size]),
                shape: Array(tensor.shape.dropFirst()))
        }
    }
}
