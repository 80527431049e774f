extension Clip {
    /// Whether an id can be the name of a file, or part of one, and so never leads out of a folder.
    static func isSafe(id: some StringProtocol) -> Bool {
        !id.isEmpty && id != "." && id != ".." && id.utf8.count <= 255
            && !id.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }
}

/// The ids of a data set's clips as they are met, in the order of their first mention.
struct ClipList {
    private(set) var clips: [Clip] = []
    private var spellings: [String: String] = [:]

    /// Why an id cannot be a clip's, in words; nil if it can.
    ///
    /// Swift holds texts for equal whose bytes differ in Unicode normalisation; files tell them
    /// apart, so the second spelling of an id is refused.
    mutating func objection(to id: String) -> String? {
        guard Clip.isSafe(id: id) else { return "cannot be a file's name" }
        guard let spelling = spellings[id] else {
            spellings[id] = id
            return nil
        }
        return spelling.utf8.elementsEqual(id.utf8)
            ? nil : "occurs before with another Unicode normalisation"
    }

    private var ids: Set<String> = []

    /// Adds a clip unless it is there already; only then is `path` evaluated.
    mutating func add(_ id: String, path: @autoclosure () -> String) {
        if ids.insert(id).inserted { clips.append(Clip(id: id, path: path())) }
    }
}
