import Foundation
import Models
import Neural
import Storage

/// `adapter_config.json`: everything but numbers that a loader of an adapter needs.
struct AdapterConfiguration {
    private let fields: [String: JSONValue]

    /// Puts together what a run's folder says.
    ///
    /// `epoch` is that of the checkpoint.
    init(
        _ recipe: TrainingRecipe, _ record: RunFolder.Record, _ model: ExportedModel,
        streams: [String: BaseModels.StreamSource], finalNormEpsilons epsilons: [String: Double],
        epoch: Int
    ) {
        let declaration = model.declaration
        var fields: [String: JSONValue] = [
            "format": 1, "producer": .string(record.producer),
            "task": .string(recipe.task.rawValue),
            "title": .string(declaration.title(of: recipe.method.name)),
            "method": JSONValue(encoding: recipe.method),
            "placement": JSONValue(encoding: recipe.placement),
            "exactness": .string(declaration.exactness.name),
            "head": JSONValue(encoding: recipe.head),
            "supervision": .string(recipe.supervision.rawValue),
            "selection": .string(recipe.selectingSplit),
            "quirks": .array(recipe.quirks.map { .string($0.title) }),
            "labels": .array(record.labels(recipe.task).map(JSONValue.string)),
            "parameters": [
                "method": .number(Double(record.methodParameters)),
                "head": .number(Double(record.headParameters)),
                "trainable": .number(Double(record.methodParameters + record.headParameters)),
            ],
            "trained_on": [
                "dataset": .string(record.dataset), "samples": .string(record.samples),
                "seed": .number(Double(recipe.seed)), "epoch": .number(Double(epoch)),
            ],
        ]
        var described: [String: JSONValue] = [:], backbones: [String: JSONValue] = [:]
        var first: [String: JSONValue] = [:]
        for (name, source) in streams {
            guard let stream = Models.Stream(rawValue: name) else { continue }
            described[name] = Self.stream(
                source, seams: declaration.seams[stream] ?? [], epsilon: epsilons[name],
                outputs: model.widths[stream] ?? source.backbone.width)
            backbones[name] = Self.baseModel(source)
            if let block = recipe.placement.firstBlock(stream) {
                first[name] = .number(Double(block))
            }
        }
        if declaration.couplesSamples { fields["couples_samples"] = true }
        if let words = record.words {
            fields["words"] = .array(words.vocabulary.map(JSONValue.string))
            fields["question_length"] = .number(Double(words.length))
        }
        fields["streams"] = .object(described)
        fields["backbones"] = .object(backbones)
        if recipe.placement.runsBlocks {
            fields["first_blocks"] = .object(first)
            fields["compute"] = .string(recipe.backbones.compute.rawValue)
        }
        self.fields = fields
    }

    /// Which backbone a stream is of: its name and the hash of its weights.
    private static func baseModel(_ source: BaseModels.StreamSource) -> JSONValue? {
        guard case .object(let recipe) = source.recipe,
            case .object(let backbone)? = recipe["backbone"]
        else { return nil }
        return .object(backbone.filter { ["name", "weights"].contains($0.key) })
    }

    /// Which states a stream is read at, and what made them.
    private static func stream(
        _ source: BaseModels.StreamSource, seams: [MethodDeclaration.Seam], epsilon: Double?,
        outputs: Int
    ) -> JSONValue {
        guard case .object(let recipe) = source.recipe else { return source.recipe }
        var fields = recipe.filter {
            ["backbone", "stream", "tokens", "dtype", "compute", "input"].contains($0.key)
        }
        fields["seam"] = .array(
            seams.map {
                ["layer": .number(Double($0.layer)), "tokens": .string($0.tokens.rawValue)]
            })
        fields["pooling"] = source.backbone.pooling.json
        fields["specials"] = .number(Double(source.backbone.specials))
        fields["widths"] = .array(source.backbone.widths.map { .number(Double($0)) })
        fields["stages"] = .array(source.backbone.stages.map { .number(Double($0)) })
        fields["affine"] = JSONValue(encoding: source.backbone.affine)
        fields["width"] = .number(Double(source.backbone.width))
        fields["outputs"] = .number(Double(outputs))
        fields["feature"] = .string(source.feature)
        fields["fingerprint"] = .string(source.fingerprint)
        fields["token_counts"] = .object(
            source.shapes.mapValues { .number(Double($0.dropFirst().first ?? 0)) })
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

extension MethodDeclaration.Exactness {
    /// Its name in configurations.
    fileprivate var name: String {
        switch self {
        case .exact: "exact"
        case .exactVariant: "exact-variant"
        case .hybrid: "hybrid"
        case .refused: "refused"
        }
    }
}

extension TokenPooling {
    /// Which tokens a row is the mean of: a range of them, all, or the last.
    fileprivate var json: JSONValue {
        switch self {
        case .row(let row): ["first": .number(Double(row)), "count": 1]
        case .meanOfFirst(let count): ["first": 0, "count": .number(Double(count))]
        case .mean: "mean"
        case .last: "last"
        }
    }
}
