/// A time of an episode as subtitles write it, `hh:mm:ss,mmm`.
struct EpisodeTime {
    let seconds: Double

    /// How many digits follow the comma.
    let decimals: Int

    /// Reads a time; hours may have one digit, and a dot may stand for the comma.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let rest = parts[2].split(omittingEmptySubsequences: false) { $0 == "," || $0 == "." }
        let isNumber = (parts[..<2] + rest).allSatisfy {
            1...9 ~= $0.utf8.count && $0.utf8.allSatisfy { 48...57 ~= $0 }
        }
        guard isNumber, rest.count == 2, let hours = Double(parts[0]),
            let minutes = Double(parts[1]),
            let whole = Double(rest[0]), minutes < 60, whole < 60,
            let milliseconds = Double("\(rest[1])e\(3 - rest[1].utf8.count)")
        else { return nil }
        // In whole milliseconds first: the difference of two times is then exact.
        seconds = ((hours * 60 + minutes) * 60_000 + whole * 1000 + milliseconds) / 1000
        decimals = rest[1].utf8.count
    }
}
