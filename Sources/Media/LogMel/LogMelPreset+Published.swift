extension LogMelPreset {
    /// AST by Gong, Chung, Glass (arXiv:2104.01778), with its statistics of AudioSet, a segment at a time.
    public static let ast = LogMelPreset(
        name: "ast", windowPolicy: .segments, targetFrames: 102, mean: -4.2677393,
        deviation: 4.5689974, order: .padThenNormalise)

    /// LAVISH by Lin, Sung, Lei, Bansal and Bertasius (arXiv:2212.07983) on AVE, with its ViT backbone.
    public static let lavishViT = LogMelPreset(
        name: "lavish-vit", windowPolicy: .spread(length: 16_000, margin: 17_600),
        targetFrames: 102, mean: -4.1426, deviation: 3.2001, order: .normaliseThenPad)

    /// All presets, in order of their names.
    public static let all: [LogMelPreset] = [ast, lavishViT]

    /// The preset of a name; `nil` if there is none.
    public static func named(_ name: String) -> LogMelPreset? {
        all.first { $0.name == name }
    }
}
