import Models
import Neural
import Storage

extension Encoding {
    /// Everything that determines the bytes of the states.
    func recipe(of input: EncodingShape) throws -> Recipe {
        let hashes = try backbone.weights.map { XXH3.hexadecimal(try XXH3.hash(fileAt: $0)) }
        let weights = hashes.isEmpty ? "builtin:\(backbone.name)" : hashes.joined(separator: "+")
        return Recipe([
            "kind": "states", "version": 1,
            "backbone": [
                "name": .string(backbone.name), "family": .string(backbone.family),
                "convention": .string(backbone.convention), "weights": .string(weights),
                "configuration": JSONValue(encoding: backbone.model.configuration),
                "depth": .number(Double(backbone.model.depth)),
            ],
            "stream": .string(configuration.stream.rawValue),
            "input": [
                "feature": .string(configuration.stream.input),
                "fingerprint": .string(input.fingerprint),
            ],
            "layers": .array(configuration.layers.map { .number(Double($0)) }),
            "tokens": .string(configuration.tokens.description),
            "dtype": .string(configuration.numberType.rawValue),
            "compute": .string(backbone.compute.rawValue),
        ])
    }
}
