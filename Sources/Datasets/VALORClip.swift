/// A clip of VALOR-32K by its name, `<YouTube id>_<start>_<end>`, times in seconds.
struct VALORClip {
    /// The name without a media file's extension; times keep their text.
    let id: String

    /// Seconds between the times in the name; nil where it has none.
    let duration: Double?

    init(name: String) {
        let known = DatasetManifest.mediaExtension(of: name)
        id = String(name.dropLast(known.map { $0.count + 1 } ?? 0))
        let parts = id.split(separator: "_", omittingEmptySubsequences: false)
        if parts.count >= 3, let start = Double(parts[parts.count - 2]),
            let end = Double(parts.last!)
        {
            duration = end - start
        } else {
            duration = nil
        }
    }

    /// Whether it ends more than half a second before the nominal ten.
    var isShort: Bool { duration.map { $0 < 9.5 } ?? false }
}
