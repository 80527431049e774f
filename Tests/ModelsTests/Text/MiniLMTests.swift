import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

private let folder = ProcessInfo.processInfo.environment["AVPREP_MINILM"]
private let hasReference = FileManager.default.fileExists(
    atPath: Reference.path("minilm-embeddings.safetensors"))

/// Sentence embeddings of the real All-MiniLM-L6-v2 against those of transformers.
///
/// `AVPREP_MINILM` names its folder, `AVPREP_REFERENCES` one that `tools/references/minilm.py` has written.
@Suite(.enabled(if: folder != nil && hasReference)) struct MiniLMTests {
    private struct Sentences: Decodable {
        var sentences: [String]
        var ids: [[Int]]
    }

    @Test func sentencesHaveTheTokensAndEmbeddingsOfTheReference() throws {
        let backbone = try BackboneCatalog.load(try #require(folder), reading: .texts)
        let tokenizer = try #require(backbone.tokenizer)
        let maximum = try #require(backbone.maximumTokens)
        let sentences = try JSONDecoder().decode(
            Sentences.self,
            from: Data(contentsOf: URL(filePath: Reference.path("minilm-embeddings.json"))))
        let reference = try Reference.tensors("minilm-embeddings").tensor("embeddings")
        let worker = backbone.model.makeWorker()
        for (number, sentence) in sentences.sentences.enumerated() {
            let tokens = tokenizer.tokenize(sentence, maximum: maximum)
            #expect(tokens.ids == sentences.ids[number], "\(sentence.debugDescription)")
            let embedding = try embedding(of: tokens, worker, backbone.model)
            let c = reference.columns
            let expected = Tensor(
                Array(reference.elements[number * c..<(number + 1) * c]), shape: [1, c])
            #expect(1 - embedding.cosine(to: expected) < 1e-5)
            #expect(relativeError(embedding, expected) < 1e-4)
        }
    }

    /// The mean of the last states, divided by its length.
    private func embedding(
        of tokens: TokenizedText, _ worker: any BackboneWorker, _ model: any FrozenBackbone
    ) throws -> Tensor {
        let input = BackboneInput.text(tokens)
        let layout = try model.layout(ofLayer: model.depth, for: input.size)
        var mean = Tensor(shape: [1, layout.width])
        worker.forEachState(of: input, layers: [model.depth]) { _, states in
            mean = TokenSelection.grid(rows: 1, columns: 1)(states, layout, classRow: 0).states
        }
        let length = mean.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in mean.elements.indices { mean.elements[i] /= length }
        return mean
    }
}
