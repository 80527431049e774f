/// The switches of LSTTA, as a recipe has them.
struct LSTTAOptions: Sendable {
    /// How important a segment is, by its score e.
    enum Importance: String, CaseIterable, Sendable {
        /// T · softmax(e) over the segments with data.
        case softmax

        /// 2 σ(e).
        case sigmoid
    }

    /// What importance scales.
    enum Target: String, CaseIterable, Sendable {
        /// The adapter's own path.
        case branch

        /// That, and tokens in the stream, by 1 + γ (s − 1).
        case stream
    }

    /// Where the text speaks.
    enum Language: String, CaseIterable, Sendable {
        case on
        case off
        case lsfOnly = "lsf-only"
        case ssiOnly = "ssi-only"
    }

    let filters: Bool
    let interacts: Bool

    /// Segments that a segment sees of the other stream, itself in the middle; nil for as many as a clip has.
    let window: Int?
    let importance: Importance
    let target: Target
    let language: Language
    let heads: Int

    /// Width of the adapter within blocks, and of the states of a ladder.
    let width: Int
    let sideWidth: Int

    /// Boundaries of the visual stream that have adapters; nil for all behind paired blocks.
    let positions: [Int]?

    private let adaptsText: Bool

    /// Whether the class token of the text is read by the filters, and by the interaction.
    var isFilteringByText: Bool { filters && [.on, .lsfOnly].contains(language) }
    var isInteractingWithText: Bool { interacts && [.on, .ssiOnly].contains(language) }

    /// Whether the text has an adapter of its own.
    var changesText: Bool { adaptsText && language != .off }

    var usesText: Bool { isFilteringByText || isInteractingWithText || changesText }

    /// How far a segment sees.
    func reach(segments: Int) -> Int { (window ?? segments) / 2 }

    static let defaults: [String: MethodOption] = [
        "lsf": true, "ssi": true, "window": 3, "importance": "softmax", "lsfTarget": "branch",
        "language": "on", "textAdapter": true, "heads": 1, "width": 64, "sideWidth": 128,
        "positions": "all",
    ]

    /// Options that mean nothing beside the blocks, and such that mean nothing within them.
    static let ofBlocks = ["width", "positions", "lsfTarget"]
    static let ofLadder = ["sideWidth"]

    init(_ options: MethodOptions) throws(MethodCatalog.Error) {
        filters = try options.flag("lsf")
        interacts = try options.flag("ssi")
        switch options["window"] {
        case .text("T")?: window = nil
        case .integer(let value)? where value > 0 && value % 2 == 1: window = value
        default: throw options.wrong("window", "an odd number of segments, or T")
        }
        importance = try options.choice("importance", Importance.self)
        target = try options.choice("lsfTarget", Target.self)
        language = try options.choice("language", Language.self)
        adaptsText = try options.flag("textAdapter")
        width = try options.integer("width", in: 1...65536)
        sideWidth = try options.integer("sideWidth", in: 1...65536)
        heads = try options.integer("heads", in: 1...1024)
        for name in ["width", "sideWidth"] {
            let value = name == "width" ? width : sideWidth
            guard value.isMultiple(of: heads) else {
                throw options.wrong(name, "a multiple of method.heads, \(heads)")
            }
        }
        switch options["positions"] {
        case .text("all")?: positions = nil
        case .list(let values)? where values == Set(values).sorted(): positions = values
        default: throw options.wrong("positions", "all, or a list of boundaries in ascending order")
        }
    }
}
