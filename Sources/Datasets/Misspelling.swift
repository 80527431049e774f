/// Finds what was probably meant by a name that is unknown.
public enum Misspelling {
    /// The known name that takes the fewest changes; nil if none is known.
    public static func nearest(to name: String, in known: some Sequence<String>) -> String? {
        known.min { distance($0, name) < distance($1, name) }
    }

    /// Fewest insertions, deletions and replacements of characters that turn one text into another.
    private static func distance(_ text: String, _ other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (i, character) in text.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in other.indices {
                let replaced = diagonal + (character == other[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[other.count]
    }
}
