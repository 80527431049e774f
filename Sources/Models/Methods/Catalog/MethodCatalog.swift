public import Tensors

/// The methods that a recipe can name.
public enum MethodCatalog {
    /// A new method is a file of its own and one line here; the catalog's tests then cover it.
    static let kinds: [MethodKind] = [
        .linearProbe, .avPEA, .lora, .deepPrompts, .dtl, .lst, .uniPT, .mettle, .moLT,
        .adapter, .adaptFormer, .normTuning, .shallowPrompts, .lavish, .copl, .lstta,
    ]

    /// What a recipe says about its method.
    public struct Choice: Sendable {
        public var name: String

        /// By their keys in recipes; those that are left out have the method's own values.
        public var options: [String: MethodOption]

        public init(name: String, options: [String: MethodOption] = [:]) {
            self.name = name
            self.options = options
        }
    }

    /// A recipe that asks for what does not exist or does not fit together.
    public struct Error: Swift.Error, CustomStringConvertible {
        public let description: String
    }

    public static var names: [String] { kinds.map(\.name) }

    /// The options of a method with the values that they have beside those that are given; nil for an
    /// unknown method.
    public static func options(
        of name: String, given: [String: MethodOption] = [:]
    ) -> [String: MethodOption]? {
        kinds.first { $0.name == name }?.options(given)
    }

    /// What a method needs at a placement.
    ///
    /// - Parameters:
    ///   - choice: The method.
    ///   - placement: Where it is to stand.
    ///   - streams: The backbones of the model's streams.
    ///   - segments: Rows of a clip, which lie together.
    /// - Returns: Its declaration, which is not that it is refused.
    /// - Throws: ``Error`` if the method is unknown, or cannot be trained at this placement.
    public static func declare(
        _ choice: Choice, placement: Placement, streams: [Stream: StreamShape], segments: Int = 1
    ) throws(Error) -> MethodDeclaration {
        try site(choice, placement, streams, segments).declaration
    }

    /// Creates a method with fresh parameters; `declare(_:placement:streams:)` says what it needs.
    ///
    /// - Throws: ``Error`` if the method is unknown, or cannot be trained at this placement.
    public static func make(
        _ choice: Choice, placement: Placement, streams: [Stream: StreamShape], segments: Int = 1,
        using generator: inout SplitMix64
    ) throws(Error) -> any Method {
        let site = try site(choice, placement, streams, segments)
        return try site.kind.make(site, &generator)
    }

    private static func site(
        _ choice: Choice, _ placement: Placement, _ streams: [Stream: StreamShape], _ segments: Int
    ) throws(Error) -> MethodSite {
        guard let kind = kinds.first(where: { $0.name == choice.name }) else {
            throw Error(
                description:
                    "method '\(choice.name)' is unknown (known: \(names.joined(separator: ", ")))")
        }
        let options = try MethodOptions(
            of: kind.name, choice.options, defaults: kind.options(choice.options))
        var site = MethodSite(
            kind: kind, placement: placement, streams: streams, segments: segments,
            options: options,
            declaration: .refused(""))
        site.declaration = try kind.declare(site)
        if case .refused(let reason) = site.declaration.exactness {
            throw Error(description: "method \(kind.name) cannot be trained there: \(reason)")
        }
        return site
    }
}

/// A method that the catalog knows.
struct MethodKind: Sendable {
    let name: String

    /// Its options, with the values that they have if a recipe does not give them.
    var defaults: [String: MethodOption] = [:]

    /// Words of one option that stand for values of others, where these are not given.
    var presets: (option: String, values: [String: [String: MethodOption]])?

    /// What it needs at a site.
    let declare: @Sendable (MethodSite) throws(MethodCatalog.Error) -> MethodDeclaration

    /// Creates it at a site that it has not refused.
    let make: @Sendable (MethodSite, inout SplitMix64) throws(MethodCatalog.Error) -> any Method

    /// All options, with the values of those that are not given.
    func options(_ given: [String: MethodOption]) -> [String: MethodOption] {
        guard let presets, case .text(let word)? = given[presets.option],
            let preset = presets.values[word]
        else { return defaults }
        return defaults.merging(preset) { $1 }
    }
}

/// Where a method is to stand.
struct MethodSite: Sendable {
    let kind: MethodKind
    let placement: Placement
    let streams: [Stream: StreamShape]

    /// Rows of a clip, which lie together.
    let segments: Int
    let options: MethodOptions
    var declaration: MethodDeclaration

    /// The blocks of a stream that run in the trainer.
    func blocks(_ stream: Stream) -> Range<Int> {
        let depth = streams[stream]?.depth ?? 0
        return (placement.firstBlock(stream) ?? depth)..<depth
    }
}
