import Tensors

/// The switches of CoPL, as a recipe has them.
struct CoPLOptions: Sendable {
    /// How the bank of a stream is asked by the queries of both.
    enum Coupling: String, CaseIterable, Sendable {
        /// By its own query, and by that of the other stream through a map of low rank.
        case crossQuery = "cross-query"

        /// By its own alone.
        case ownQuery = "own-query"

        /// One choice for both banks, from the scores of both.
        case sharedIndex = "shared-index"
    }

    enum Selection: String, CaseIterable, Sendable {
        /// A mean of all entries, weighted by the softmax of their scores.
        case soft

        /// The entries with the highest scores, one after the other; a penalty pulls keys to queries.
        case topk
    }

    enum QuerySource: String, CaseIterable, Sendable {
        case blockInput = "block-input"
        case frozenFinal = "frozen-final"
    }

    enum QueryLevel: String, CaseIterable, Sendable {
        case segment
        case clip
    }

    /// Which pairs of blocks have a bank in common.
    enum BankScope: String, CaseIterable, Sendable {
        case group
        case block
        case all
    }

    enum Insertion: String, CaseIterable, Sendable {
        /// Rows of keys and values that the block makes of prompts.
        case frozenKV = "frozen-kv"

        /// Rows of keys and values with parameters of their own, behind the block's maps.
        case rawKV = "raw-kv"

        /// Tokens before all others, or before those of every window, which pass the block and are dropped
        /// behind it: another way to the result of `frozenKV`.
        case concatenated
    }

    enum PromptGate: String, CaseIterable, Sendable {
        case none
        case tanh
    }

    enum Depth: String, CaseIterable, Sendable {
        /// Prompts in every block from the first.
        case deep

        /// In the first block and the first pair of blocks alone.
        case shallow
    }

    /// Rows of each kind; 0 for one that is switched off.
    let specific: Int
    let interaction: Int
    let bank: Int

    /// Entries of a bank.
    let bankSize: Int
    let coupling: Coupling
    let selection: Selection

    /// How many entries are taken, and the weight of the pull of their keys.
    let selected: Int
    let pull: Float

    /// What scores are divided by.
    let temperature: Float
    let queryLevel: QueryLevel

    // Of prompts within blocks.
    let depth: Depth
    let rank: Int
    let couplingRank: Int
    let bankScope: BankScope
    let bankGroup: Int
    let querySource: QuerySource
    let detachesQuery: Bool
    let insertion: Insertion
    let promptGate: PromptGate

    // Of the ladder.
    let width: Int
    let heads: Int

    /// What the recipe may say, and what is meant if it does not.
    static let defaults: [String: MethodOption] = [
        "specific": true, "interaction": true, "bank": true, "specificTokens": 10,
        "interactionTokens": 5, "bankTokens": 5, "bankSize": 20, "coupling": "cross-query",
        "selection": "soft", "selected": 1, "pull": 0.1, "temperature": 0.1,
        "queryLevel": "segment",
        "depth": "deep", "rank": 16, "couplingRank": 16, "bankScope": "group", "bankGroup": 6,
        "querySource": "block-input", "queryDetach": true, "insertion": "frozen-kv",
        "promptGate": "none", "width": 128, "heads": 4,
    ]

    /// Options that mean nothing beside the blocks, and such that mean nothing within them.
    static let ofBlocks = [
        "depth", "rank", "couplingRank", "bankScope", "bankGroup", "querySource", "queryDetach",
        "insertion", "promptGate",
    ]
    static let ofLadder = ["width", "heads"]

    init(_ options: MethodOptions) throws(MethodCatalog.Error) {
        func rows(_ kind: String) throws(MethodCatalog.Error) -> Int {
            let count = try options.integer("\(kind)Tokens", in: 1...4096)
            return try options.flag(kind) ? count : 0
        }
        func positive(_ name: String, _ range: ClosedRange<Int> = 1...65536)
            throws(MethodCatalog.Error) -> Int
        { try options.integer(name, in: range) }
        specific = try rows("specific")
        interaction = try rows("interaction")
        bank = try rows("bank")
        bankSize = try positive("bankSize")
        coupling = try options.choice("coupling", Coupling.self)
        selection = try options.choice("selection", Selection.self)
        selected = try positive("selected", 1...bankSize)
        pull = Float(try options.number("pull"))
        temperature = Float(try options.number("temperature"))
        guard temperature > 0 else { throw options.wrong("temperature", "above 0") }
        queryLevel = try options.choice("queryLevel", QueryLevel.self)
        depth = try options.choice("depth", Depth.self)
        rank = try positive("rank")
        couplingRank = try positive("couplingRank")
        bankScope = try options.choice("bankScope", BankScope.self)
        bankGroup = try positive("bankGroup")
        querySource = try options.choice("querySource", QuerySource.self)
        detachesQuery = try options.flag("queryDetach")
        insertion = try options.choice("insertion", Insertion.self)
        promptGate = try options.choice("promptGate", PromptGate.self)
        width = try positive("width")
        heads = try positive("heads", 1...width)
        guard width.isMultiple(of: heads) else {
            throw options.wrong("heads", "a divisor of method.width, \(width)")
        }
    }

    /// What the names of prompts end with, for each of the tensors that there are of each.
    var sources: [String] { insertion == .rawKV ? ["Keys", "Values"] : [""] }
}
