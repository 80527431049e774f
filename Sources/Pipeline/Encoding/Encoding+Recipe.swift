import Foundation
import Models
import Neural
import Storage
import Tensors

extension Encoding {
    /// Everything that determines the bytes of the states, but for the last bits in which kinds of
    /// processors differ.
    func recipe(of input: EncodingShape) throws -> Recipe {
        let layout = try backbone.model.layout(ofLayer: 0, for: input.size)
        return Recipe([
            "kind": "states", "version": 1,
            "code": [
                "family": .number(Double(backbone.version)),
                "kernels": .number(Double(FrozenArithmetic.version)),
            ],
            "backbone": [
                "name": .string(backbone.name), "family": .string(backbone.family),
                "convention": .string(backbone.convention), "weights": try weights(),
                "configuration": JSONValue(encoding: backbone.model.configuration),
                "depth": .number(Double(backbone.model.depth)),
                "specials": .number(Double(layout.specials)),
                "pooling": .string(backbone.model.pooling.description),
            ],
            "stream": .string(configuration.stream.rawValue), "input": input.identity,
            "layers": .array(configuration.layers.map { .number(Double($0)) }),
            "tokens": .string(configuration.tokens.description),
            "dtype": .string(configuration.numberType.rawValue),
            "compute": .string(backbone.compute.rawValue),
        ])
    }

    /// The hash of the file of weights, or of each shard by its name; of weights in the program also their
    /// name.
    private func weights() throws -> JSONValue {
        var hashes: [String: JSONValue] = [:]
        for path in backbone.weights {
            let hash = try Cache.hash(ofWeights: path, cache: cachePath)
            hashes[URL(filePath: path).lastPathComponent] = .string(XXH3.hexadecimal(hash))
        }
        switch hashes.count {
        case 0: return .string(Cache.identity(builtin: backbone.name, backbone.embedded?.bytes))
        case 1: return hashes.first?.value ?? .object(hashes)
        default: return .object(hashes)
        }
    }

    /// The backbone's final norm as a file: readers of the last layer apply it themselves.
    var companions: [String: Data] {
        guard let norm = backbone.model.finalNorm else { return [:] }
        return [
            "final-norm.safetensors": SafeTensors.encode(
                [("weight", norm.weight), ("bias", norm.bias)],
                metadata: ["epsilon": "\(norm.epsilon)"])
        ]
    }
}
