/// How the checkpoints of one kind of backbone are recognised and loaded.
struct BackboneFamily: Sendable {
    /// Such as `vit`.
    let name: String

    /// Values of `model_type` in the `config.json` of transformers.
    let modelTypes: [String]

    /// What the `architecture` of timm's `config.json` begins with.
    let timmPrefixes: [String]

    /// Counts up whenever the family gives other states than before from the same files.
    var version = 1

    /// What it reads where another family reads the rest of such checkpoints; nil for all that there is.
    var kinds: Set<BackboneInput.Kind>?

    /// Loads the part of a checkpoint that reads inputs of a kind.
    let load:
        @Sendable (_ folder: CheckpointFolder, _ kind: BackboneInput.Kind) throws(BackboneError)
            -> any FrozenBackbone
}
