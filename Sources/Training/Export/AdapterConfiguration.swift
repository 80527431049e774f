import Foundation
import Models
import Storage

/// `adapter_config.json`: everything but numbers that a loader of an adapter needs.
struct AdapterConfiguration {
    private let fields: [String: JSONValue]

    /// Puts together what a run's folder says.
    ///
    /// `epoch` is that of the checkpoint.
    init(
        _ recipe: TrainingRecipe, _ record: RunFolder.Record,
        streams: [String: BaseModels.StreamSource], finalNormEpsilons epsilons: [String: Double],
        epoch: Int
    ) {
        fields = [
            "format": 1, "producer": .string(record.producer), "task": .string(recipe.task),
            "method": JSONValue(encoding: recipe.method),
            "placement": JSONValue(encoding: recipe.placement),
            // Nothing that these placements train lies below a cached state.
            "exactness": "exact",
            "head": JSONValue(encoding: recipe.head),
            "labels": .array((record.vocabulary + ["background"]).map(JSONValue.string)),
            "parameters": [
                "method": .number(Double(record.methodParameters)),
                "head": .number(Double(record.headParameters)),
                "trainable": .number(Double(record.methodParameters + record.headParameters)),
            ],
            "streams": .object(
                Dictionary(
                    uniqueKeysWithValues: streams.map {
                        (
                            $0,
                            Self.stream(
                                $1,
                                taps: Models.Stream(rawValue: $0).map(recipe.placement.taps) ?? [],
                                epsilon: epsilons[$0])
                        )
                    })),
            "trained_on": [
                "dataset": .string(record.dataset), "samples": .string(record.samples),
                "seed": .number(Double(recipe.seed)), "epoch": .number(Double(epoch)),
            ],
        ]
    }

    /// Which states a stream is read at, and what made them.
    private static func stream(
        _ stream: BaseModels.StreamSource, taps: [Int], epsilon: Double?
    ) -> JSONValue {
        guard case .object(let recipe) = stream.recipe else { return stream.recipe }
        var fields = recipe.filter {
            ["backbone", "stream", "tokens", "dtype", "compute", "input"].contains($0.key)
        }
        var seam: [String: JSONValue] = ["taps": .array(taps.map { .number(Double($0)) })]
        if case .object(let backbone)? = recipe["backbone"] { seam["final"] = backbone["depth"] }
        fields["seam"] = .object(seam)
        fields["feature"] = .string(stream.feature)
        fields["fingerprint"] = .string(stream.fingerprint)
        if let width = stream.shapes.values.first?.last {
            fields["width"] = .number(Double(width))
        }
        fields["token_counts"] = .object(
            stream.shapes.mapValues { .number(Double($0.dropFirst().first ?? 0)) })
        if let epsilon { fields["final_norm_epsilon"] = .number(epsilon) }
        return .object(fields)
    }

    /// JSON for people: indented, keys in order.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(JSONValue.object(fields)), as: UTF8.self)
                + "\n"
        } catch {
            preconditionFailure("a configuration of our own cannot be written: \(error)")
        }
    }
}
