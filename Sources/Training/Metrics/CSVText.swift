/// Comma-separated values as RFC 4180 has them, with a line feed at the end of each line.
struct CSVText {
    private(set) var text = ""

    /// A table with a line of column names.
    init(_ columns: [String]) { add(columns) }

    mutating func add(_ fields: [String]) {
        text += fields.map(Self.quoted).joined(separator: ",") + "\n"
    }

    /// A field; in quotes where it has a character that means something.
    private static func quoted(_ field: String) -> String {
        let means = field.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
        return means ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }
}
