import Foundation
public import Neural

/// A backbone ready to compute, and what its caches are to remember of it.
public struct Backbone: Sendable {
    /// Short name, for folders of caches: the checkpoint's folder, or what follows `builtin:`.
    public let name: String

    /// Name of the family, such as `vit`, and whose names its weights have: `huggingface`, `timm` or
    /// `builtin`.
    public let family: String
    public let convention: String

    /// The files that hold the weights, for their hashes; none for a built-in backbone.
    public let weights: [String]

    /// The weights of a built-in backbone.
    public var embedded: EmbeddedWeights?

    /// What it reads, of all that its checkpoint may read.
    public let input: BackboneInput.Kind

    public let compute: ComputeType

    public let model: any FrozenBackbone

    /// Counts up whenever the family gives other states than before from the same files.
    public var version = 1

    /// What makes tokens of the texts that it reads; nil if it reads something else.
    public var tokenizer: (any Tokenizer)?

    /// The most tokens of a text that it reads, special ones included; nil if it reads something else.
    public var maximumTokens: Int?
}

/// The families of backbones that avprep loads.
public enum BackboneCatalog {
    /// A new family is one line here; the catalog's tests then cover it.
    static let families: [BackboneFamily] = [
        .visionTransformer, .deit, .dinov2, .clipVision, .siglipVision, .ast, .swin, .htsat,
        .bert, .roberta, .clipText,
    ]

    /// Names of backbones that need no files.
    static let builtin = ["tiny"]

    /// Loads a backbone, or the part of it that reads inputs of a kind.
    ///
    /// - Parameters:
    ///   - name: The folder of a published checkpoint, with `config.json` and `model.safetensors`, or
    ///     `builtin:tiny`.
    ///   - kind: What it is to read.
    ///   - compute: The number type to multiply in.
    /// - Returns: The backbone, packed for this processor.
    /// - Throws: ``BackboneError`` that names the file, key or tensor which is wrong.
    public static func load(
        _ name: String, reading kind: BackboneInput.Kind = .pictures, compute: ComputeType = .f32
    ) throws(BackboneError) -> Backbone {
        let backbone =
            name.hasPrefix("builtin:")
            ? try load(builtin: String(name.dropFirst(8)), kind, compute)
            : try load(folder: CheckpointFolder(name, compute: compute), kind)
        guard backbone.model.inputs.contains(kind) else {
            let known = backbone.model.inputs.map(\.rawValue).sorted().joined(separator: ", ")
            throw BackboneError(
                "load backbone \(name)", "it does not read \(kind.rawValue), but \(known)")
        }
        return backbone
    }

    private static func load(
        builtin name: String, _ kind: BackboneInput.Kind, _ compute: ComputeType
    ) throws(BackboneError) -> Backbone {
        guard builtin.contains(name) else {
            let known = builtin.map { "builtin:\($0)" }.joined(separator: ", ")
            throw BackboneError(
                "load backbone builtin:\(name)", "it is unknown (known: \(known))", .unknown)
        }
        return Backbone(
            name: name, family: "vit", convention: "builtin", weights: [], embedded: .tiny,
            input: kind, compute: compute, model: try VisionTransformer.tiny(compute))
    }

    private static func load(
        folder: CheckpointFolder, _ kind: BackboneInput.Kind
    ) throws(BackboneError) -> Backbone {
        let architecture: String? = try folder.configuration.value("architecture")
        let type: String = try folder.configuration.value("model_type") ?? ""
        let matching = families.filter { family in
            guard let architecture else { return family.modelTypes.contains(type) }
            return family.timmPrefixes.contains { architecture.hasPrefix($0) }
        }
        // Of several families of one type that takes the checkpoint which reads nothing but this.
        let family =
            matching.first { $0.kinds?.contains(kind) == true }
            ?? matching.first { $0.kinds == nil } ?? matching.first
        guard let family else {
            let known =
                architecture == nil
                ? families.flatMap(\.modelTypes) : families.flatMap(\.timmPrefixes).map { "\($0)…" }
            throw BackboneError(
                "load backbone \(folder.path)",
                (architecture.map { "its architecture '\($0)'" } ?? "its model_type '\(type)'")
                    + " is unknown (known: \(known.sorted().joined(separator: ", ")))")
        }
        var backbone = Backbone(
            name: folder.name, family: family.name,
            convention: architecture == nil ? "huggingface" : "timm", weights: folder.weights,
            input: kind, compute: folder.compute, model: try family.load(folder, kind),
            version: family.version)
        if kind == .texts, let model = backbone.model as? TextTransformer {
            backbone.tokenizer = try model.tokenizer(in: folder)
            backbone.maximumTokens = model.shape.maximumTokens
        }
        return backbone
    }
}
