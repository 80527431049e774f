import Models
import Storage

/// What a feature's recipe says of the tokens of its states.
struct TokenRoles: Sendable, Equatable {
    /// How one row is made of the tokens, and how many of them stand for no place.
    let pooling: TokenPooling
    let specials: Int

    /// Number of blocks of the backbone.
    let depth: Int

    /// Number of blocks of each stage; one stage but for Swin.
    let stages: [Int]

    /// Added to the variance in the final norm.
    let epsilon: Float

    /// Whether all tokens of each state are there, as blocks read them.
    let isWhole: Bool

    /// The first of the tokens that stand for places.
    var firstPatch: Int { max(specials, pooling.firstPatch) }

    /// Nil if the recipe is not that of token states, or of an older version.
    init?(_ recipe: Recipe) {
        guard
            case .object(let backbone)? = recipe["backbone"],
            case .object(let configuration)? = backbone["configuration"],
            case .number(let depth)? = backbone["depth"],
            case .number(let epsilon)? = configuration["epsilon"]
        else { return nil }
        self.depth = Int(depth)
        let stages = Self.stages(configuration) ?? []
        self.stages = stages.reduce(0, +) == Int(depth) ? stages : [Int(depth)]
        self.epsilon = Float(epsilon)
        isWhole = recipe["tokens"] == nil || recipe["tokens"] == "all"
        guard recipe["tokens"] != "cls" else {
            (pooling, specials) = (.row(0), 1)
            return
        }
        guard case .string(let text)? = backbone["pooling"], let pooling = TokenPooling(text),
            case .number(let specials)? = backbone["specials"]
        else { return nil }
        (self.pooling, self.specials) = (pooling, Int(specials))
    }

    /// Blocks of each stage, where a backbone has stages.
    private static func stages(_ configuration: [String: JSONValue]) -> [Int]? {
        guard case .array(let depths)? = configuration["depths"] else { return nil }
        return depths.compactMap { if case .number(let depth) = $0 { Int(depth) } else { nil } }
    }
}
