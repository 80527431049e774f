public import Models

extension TrainingRecipe {
    /// The method, and its options by their names: which these are is the method's to say.
    public struct Method: Sendable, Equatable {
        public var name: String
        public var options: [String: MethodOption]

        /// Options that are not given have the method's own values.
        public init(name: String = "linear-probe", options: [String: MethodOption] = [:]) {
            self.name = name
            self.options = (MethodCatalog.options(of: name, given: options) ?? [:])
                .merging(options) { $1 }
        }

        var choice: MethodCatalog.Choice { MethodCatalog.Choice(name: name, options: options) }
    }
}

extension TrainingRecipe.Method: Codable {
    /// `name`, or the name of an option.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        var options: [String: MethodOption] = [:]
        for key in values.allKeys where key.stringValue != "name" {
            options[key.stringValue] = try values.decode(MethodOption.self, forKey: key)
        }
        self.init(
            name: try values.decode(String.self, forKey: Key(stringValue: "name")), options: options
        )
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(name, forKey: Key(stringValue: "name"))
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            try values.encode(value, forKey: Key(stringValue: name))
        }
    }
}
