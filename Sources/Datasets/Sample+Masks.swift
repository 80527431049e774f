import Foundation

extension Sample {
    /// Paths, below the data set's root, of the masks of its segments: the first path belongs to the
    /// first segment, and segments after the last have none.
    ///
    /// They are in the field `masks`, as a list in JSON.
    public var masks: [String] {
        (fields["masks"]?.data(using: .utf8)).flatMap {
            try? JSONDecoder().decode([String].self, from: $0)
        } ?? []
    }

    /// The value of the field `masks`.
    static func maskField(_ paths: [String]) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(paths)).map { String(decoding: $0, as: UTF8.self) }
    }
}
