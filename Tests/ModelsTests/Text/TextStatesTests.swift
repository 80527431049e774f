import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Token states against those that transformers computes with the same random weights.
///
/// The reference computes all texts of a folder in one padded batch, with a mask; here each is read alone.
@Suite struct TextStatesTests {
    static let folders = [
        "bert", "bert-odd", "minilm", "roberta", "roberta-odd", "clip-text", "clip-odd",
    ]

    private struct Texts: Decodable {
        var texts: [String]
        var ids: [String: [[Int]]]
    }

    private func texts() throws -> Texts {
        let path = Reference.path("text-states.json")
        return try JSONDecoder().decode(Texts.self, from: Data(contentsOf: URL(filePath: path)))
    }

    private func load(_ folder: String, _ compute: ComputeType = .f32) throws -> Backbone {
        try BackboneCatalog.load(Reference.path(folder), reading: .texts, compute: compute)
    }

    private func states(
        _ ids: [Int], _ worker: any BackboneWorker, _ model: any FrozenBackbone
    ) -> [Tensor] {
        var states: [Tensor] = []
        worker.forEachState(of: .text(TokenizedText(ids: ids)), layers: Set(0...model.depth)) {
            states.append($1)
        }
        return states
    }

    @Test(arguments: folders)
    func statesAgreeWithThoseOfAPaddedBatch(folder: String) throws {
        let backbone = try load(folder)
        let model = backbone.model
        let reference = try Reference.tensors("text-states")
        let worker = model.makeWorker()
        for (number, ids) in try #require(texts().ids[folder]).enumerated() {
            let states = states(ids, worker, model)
            for (layer, state) in states.enumerated() {
                let expected = try reference.tensor("\(folder)/\(number)/block_0\(layer)")
                let error = relativeError(state, expected)
                #expect(error < 1e-4, "text \(number), block_0\(layer): \(error)")
            }
            let last = try #require(states.last)
            let input = BackboneInput.text(TokenizedText(ids: ids))
            let row = try #require(model.classRow(of: input))
            guard let norm = model.finalNorm else {
                #expect(!folder.hasPrefix("clip") && row == 0)
                continue
            }
            let final = norm(last)
            let expected = try reference.tensor("\(folder)/\(number)/final")
            #expect(relativeError(final, expected) < 1e-4)
            let c = final.columns
            let pooled = Tensor(Array(final.elements[row * c..<(row + 1) * c]), shape: [c])
            let expectedPooled = try reference.tensor("\(folder)/\(number)/pooled")
            #expect(relativeError(pooled, expectedPooled) < 1e-4, "text \(number), row \(row)")
        }
    }

    @Test(arguments: folders)
    func tokensOfTheFolderAreThoseOfTheReference(folder: String) throws {
        let backbone = try load(folder)
        let tokenizer = try #require(backbone.tokenizer)
        let maximum = try #require(backbone.maximumTokens)
        let texts = try texts()
        for (text, expected) in zip(texts.texts, try #require(texts.ids[folder])) {
            let tokens = tokenizer.tokenize(text, maximum: maximum)
            #expect(tokens.ids == expected)
            let layout = try backbone.model.layout(
                ofLayer: 0, for: BackboneInput.text(tokens).size)
            #expect(layout.specials == 0 && layout.rows == 1 && layout.columns == expected.count)
        }
        let error = #expect(throws: BackboneError.self) {
            try backbone.model.layout(ofLayer: 0, for: .text(tokens: maximum + 1))
        }
        #expect(
            error?.description
                == "cannot encode texts of \(maximum + 1) tokens: the backbone reads 1 to \(maximum)"
        )
    }

    @Test(arguments: folders)
    func aWorkerThatHasReadOtherTextsGivesTheSameBits(folder: String) throws {
        let model = try load(folder).model
        let worker = model.makeWorker()
        let ids = try #require(texts().ids[folder])
        let used = ids.map { states($0, worker, model) }
        for (ids, used) in zip(ids, used).reversed() {
            #expect(states(ids, model.makeWorker(), model) == used)
            #expect(states(ids, worker, model) == used)
        }
    }

    @Test(arguments: folders, [(ComputeType.bf16, 2e-2), (.int8, 5e-2)])
    func narrowerNumbersStayClose(folder: String, compute: (type: ComputeType, error: Double))
        throws
    {
        let model = try load(folder, compute.type).model
        let reference = try Reference.tensors("text-states")
        let worker = model.makeWorker()
        for (number, ids) in try #require(texts().ids[folder]).enumerated() {
            let states = states(ids, worker, model)
            let last = try #require(states.last)
            let expected = try reference.tensor("\(folder)/\(number)/block_0\(model.depth)")
            if compute.type == .int8 {
                let cosine = last.cosine(to: expected)
                #expect(cosine >= 0.999, "text \(number): \(cosine)")
            } else {
                for (layer, state) in states.enumerated() {
                    let expected = try reference.tensor("\(folder)/\(number)/block_0\(layer)")
                    #expect(relativeError(state, expected) < compute.error)
                }
            }
        }
    }
}

extension Tensor {
    /// The cosine of the angle to a tensor of the same shape, in double precision.
    func cosine(to other: Tensor) -> Double {
        precondition(shape == other.shape)
        var product = 0.0, xs = 0.0, ys = 0.0
        for (x, y) in zip(elements, other.elements) {
            product += Double(x) * Double(y)
            xs += Double(x) * Double(x)
            ys += Double(y) * Double(y)
        }
        return product / (xs * ys).squareRoot()
    }
}
