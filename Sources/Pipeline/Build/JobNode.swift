import Datasets
import Yams

/// A value in a job file, and where it stands.
struct JobNode {
    /// What is wrong with a value.
    struct Error: Swift.Error {
        let reason: String
    }

    private let node: Node

    /// Its place, such as `encode[0].layers`; empty for the whole file.
    private let place: String

    init(yaml: String) throws(Error) {
        do {
            node = try Yams.compose(yaml: yaml) ?? [:]
        } catch {
            throw Error(
                reason: "\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
        place = ""
    }

    private init(_ node: Node, at place: String) {
        self.node = node
        self.place = place
    }

    func error(_ reason: String) -> Error {
        Error(reason: place.isEmpty ? "it \(reason)" : "\(place) '\(words)' \(reason)")
    }

    private var words: String { node.scalar?.string ?? "…" }

    /// Refuses keys that are not known.
    func allow(_ known: [String]) throws(Error) {
        guard let mapping = node.mapping else { throw error("is no mapping of keys to values") }
        for key in mapping.keys.map({ $0.scalar?.string ?? "" }) where !known.contains(key) {
            let nearest = Misspelling.nearest(to: key, in: known) ?? ""
            throw Error(
                reason: "key '\(below(key))' is unknown; did you mean '\(below(nearest))'?")
        }
    }

    private func below(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    func optional<Value>(
        _ key: String, _ read: (JobNode) throws(Error) -> Value
    ) throws(Error) -> Value? {
        guard let value = node.mapping?[Node(key)] else { return nil }
        return try read(JobNode(value, at: below(key)))
    }

    func needed<Value>(
        _ key: String, _ read: (JobNode) throws(Error) -> Value
    ) throws(Error) -> Value {
        guard let value = try optional(key, read) else {
            throw Error(reason: "key '\(below(key))' is missing")
        }
        return value
    }

    func text() throws(Error) -> String {
        guard let text = node.scalar?.string, !text.isEmpty else { throw error("is no text") }
        return text
    }

    func number() throws(Error) -> Double {
        guard let number = Double(try text()), number.isFinite else { throw error("is no number") }
        return number
    }

    func integer(in range: ClosedRange<Int>) throws(Error) -> Int {
        guard let number = Int(try text()), range ~= number else {
            throw error("is no whole number in \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    func list() throws(Error) -> [JobNode] {
        guard let list = node.sequence else { throw error("is no list") }
        return list.enumerated().map { JobNode($1, at: "\(place)[\($0)]") }
    }

    /// Keys with their values.
    func members() throws(Error) -> [(key: String, value: JobNode)] {
        guard let mapping = node.mapping else { throw error("is no mapping of keys to values") }
        return mapping.map { key, value in
            let name = key.scalar?.string ?? ""
            return (name, JobNode(value, at: below(name)))
        }
    }

    func value<Value: RawRepresentable<String> & CaseIterable>() throws(Error) -> Value {
        guard let value = Value(rawValue: try text()) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("is unknown (known: \(known))")
        }
        return value
    }
}
