import Neural

/// The methods that a recipe can name.
public enum MethodCatalog {
    /// What a recipe says about its method.
    public struct Choice: Sendable {
        public var name: String

        /// Width of the side network.
        public var width: Int

        public init(name: String, width: Int) {
            self.name = name
            self.width = width
        }
    }

    /// A recipe that asks for what does not exist or does not fit together.
    public struct Error: Swift.Error, CustomStringConvertible {
        public let description: String
    }

    public static let names = ["av-pea", "linear-probe"]

    /// Creates a method with fresh parameters.
    ///
    /// `visual` and `audio` are the widths of the streams' states.
    ///
    /// - Throws: ``Error`` if the method is unknown, or cannot be trained at this placement.
    public static func make(
        _ choice: Choice, placement: Placement, visual: Int, audio: Int,
        using generator: inout some RandomNumberGenerator
    ) throws(Error) -> any Method {
        switch (choice.name, placement) {
        case ("linear-probe", .head): return FrozenFeatures()
        case ("linear-probe", .ladder):
            throw Error(
                description: "method linear-probe reads the final state: use placement head")
        case ("av-pea", .ladder(let layers)):
            guard !layers.isEmpty, layers == Set(layers).sorted() else {
                throw Error(
                    description: "placement.ladder lists layers in ascending order, each once")
            }
            guard choice.width > 0, choice.width.isMultiple(of: 2) else {
                throw Error(
                    description: "method.width is \(choice.width); it must be even and positive")
            }
            return AVPEALadder(
                AVPEALadder.Configuration(
                    visual: visual, audio: audio, width: choice.width, taps: layers.count),
                using: &generator)
        case ("av-pea", .head):
            throw Error(description: "method av-pea reads token states: use placement ladder")
        default:
            throw Error(
                description:
                    "method '\(choice.name)' is unknown (known: \(names.joined(separator: ", ")))")
        }
    }
}
