import Datasets
import Foundation
import Models
import Yams

extension TrainingRecipe {
    /// Reads a recipe file, applies overrides and checks the whole.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: Such as `optimizer.clip=0.5`; the value is YAML.
    /// - Throws: ``TrainingError`` that names the key, with the nearest known one where it is unknown.
    public init(reading path: String, overrides: [String] = []) throws(TrainingError) {
        let operation = "read recipe \(path)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw TrainingError(.missing, operation, "No such file")
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw TrainingError(.permission, operation, "Permission denied")
        }
        guard let yaml = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw TrainingError(.failed, operation, "it is not a readable text")
        }
        try self.init(yaml: yaml, overrides: overrides, operation: operation)
    }

    init(yaml: String, overrides: [String], operation: String) throws(TrainingError) {
        func failure(_ reason: String) -> TrainingError {
            TrainingError(.recipe, operation, reason)
        }
        do {
            var root = try Yams.compose(yaml: yaml) ?? Node.mapping([:])
            if root.scalar?.string.isEmpty == true { root = .mapping([:]) }
            for text in overrides {
                let parts = text.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty else {
                    throw failure("'\(text)' is not key=value")
                }
                let value = try Yams.compose(yaml: String(parts[1])) ?? Node("")
                let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false)
                root = Self.setting(keys.map(String.init)[...], to: value, in: root)
            }
            let defaults = try Yams.compose(yaml: TrainingRecipe().yaml) ?? root
            let method =
                root.mapping?["method"]?.mapping?["name"]?.string ?? TrainingRecipe().method.name
            if let reason = Self.unknownKey(in: root, known: defaults, method: method, at: "") {
                throw failure(reason)
            }
            let whole = Self.merging(root, into: defaults)
            self = try YAMLDecoder().decode(Self.self, from: whole)
        } catch let error as TrainingError {
            throw error
        } catch {
            throw failure(Self.reason(of: error))
        }
        if let reason = defect { throw failure(reason) }
    }

    /// The recipe with every key, as it is stored with a run.
    public var yaml: String {
        do {
            return try YAMLEncoder().encode(self)
        } catch {
            preconditionFailure("a recipe of our own cannot be written: \(error)")
        }
    }

    private static func setting(_ path: ArraySlice<String>, to value: Node, in node: Node) -> Node {
        guard let key = path.first else { return value }
        var mapping = node.mapping ?? [:]
        mapping[Node(key)] = setting(path.dropFirst(), to: value, in: mapping[Node(key)] ?? [:])
        return .mapping(mapping)
    }

    /// The first key that recipes do not have, in words; the options of a method are those that it has.
    private static func unknownKey(
        in node: Node, known: Node, method: String, at path: String
    ) -> String? {
        // Where a default is no mapping, the decoder knows what is allowed in its place.
        guard let mapping = node.mapping, known.mapping != nil else { return nil }
        var names = known.mapping?.compactMap(\.key.string) ?? []
        // Of an unknown method the error is that.
        let options = path == "method." ? MethodCatalog.options(of: method) : nil
        if path == "method.", options == nil { return nil }
        names += options?.keys.sorted() ?? []
        for (key, value) in mapping {
            let name = key.string ?? ""
            guard let counterpart = known.mapping?[key] else {
                if options?[name] != nil { continue }
                let nearest = Misspelling.nearest(to: name, in: names)
                let isKnown = names.contains { $0.lowercased() == name.lowercased() }
                if path == "augmentation.", !isKnown,
                    let reason = impossibleAugmentation(name)
                {
                    return reason
                }
                let hint = nearest.map { "; did you mean '\(path)\($0)'?" } ?? ""
                return "key '\(path)\(name)' is unknown\(hint)"
            }
            if let reason = unknownKey(
                in: value, known: counterpart, method: method, at: "\(path)\(name).")
            {
                return reason
            }
        }
        return nil
    }

    /// A mapping with the keys of `defaults` that `node` does not have.
    private static func merging(_ node: Node, into defaults: Node) -> Node {
        guard let mapping = node.mapping, var merged = defaults.mapping else { return node }
        for (key, value) in mapping {
            merged[key] = merged[key].map { merging(value, into: $0) } ?? value
        }
        return .mapping(merged)
    }

    private static func reason(of error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            "key '\(context.codingPath.map(\.stringValue).joined(separator: "."))' has a value of "
                + "another kind"
        case DecodingError.keyNotFound(let key, let context):
            "key '\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))' is missing"
        case DecodingError.dataCorrupted(let context) where context.underlyingError == nil:
            "key '\(context.codingPath.map(\.stringValue).joined(separator: "."))': "
                + context.debugDescription
        default: "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
