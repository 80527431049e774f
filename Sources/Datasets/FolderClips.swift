/// The clips of a folder by the names that annotations use for them.
///
/// A clip's id is its path below the folder without its extension; files that would share an id that way
/// keep their extensions. A stretch of a file has the id `<id>_<start>_<end>`, in seconds, with `end` for
/// the end of the file.
struct FolderClips {
    /// Clips that samples mention, in the order of their first mention.
    private(set) var clips: [Clip] = []

    /// Paths of the files below the folder by the ids of their clips, in the order of the paths' bytes.
    let files: [(id: String, path: String)]

    private let root: String
    private let pathsByID: [String: String]
    private let idsByPath: [String: String]
    private let idsByStem: [String: [String]]
    private var known: [String: Clip] = [:]
    private var mentioned: Set<String> = []

    /// What annotations call a clip, and what that is.
    struct Reference {
        let id: String
        let path: String

        /// Whether there is such a file.
        let isFile: Bool
    }

    /// Names the clips of files.
    ///
    /// - Parameters:
    ///   - paths: Paths of files below `root`.
    ///   - root: The folder.
    /// - Throws: ``AnnotationError`` if two paths differ in Unicode normalisation alone.
    init(_ paths: [String], root: String) throws(AnnotationError) {
        var whole: Set<String> = [], ids: [String] = [], hasChanged = true
        while hasChanged {
            ids = paths.map { whole.contains($0) ? $0 : FolderScan.stem(of: $0) }
            let groups = Dictionary(grouping: paths.indices) { ids[$0] }.values.filter {
                $0.count > 1
            }
            let count = whole.count
            whole.formUnion(groups.joined().map { paths[$0] })
            hasChanged = whole.count > count
        }
        var pathsByID: [String: String] = [:]
        for (id, path) in zip(ids, paths) {
            if let other = pathsByID.updateValue(path, forKey: id) {
                throw AnnotationError(
                    "name the clips of \(root)",
                    "'\(other)' and '\(path)' differ in Unicode normalisation alone")
            }
        }
        self.root = root
        self.pathsByID = pathsByID
        files = zip(ids, paths).map { (id: $0, path: $1) }
        idsByPath = Dictionary(uniqueKeysWithValues: zip(paths, ids))
        idsByStem = Dictionary(grouping: ids) { FolderScan.stem(of: pathsByID[$0] ?? $0) }
    }

    /// What a text of the annotations refers to: a clip's id, or the path of its file.
    ///
    /// - Throws: `objection`, why it refers to nothing.
    func resolve(_ text: String) throws(Objection) -> Reference {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if text.isEmpty { throw Objection(reason: "is empty") }
        if text.hasPrefix("/") || parts.contains("..") {
            throw Objection(reason: "leads out of the folder")
        }
        if text.utf8.contains(0) { throw Objection(reason: "has a zero byte") }
        let name = parts.filter { !$0.isEmpty && $0 != "." }.joined(separator: "/")
        if name.isEmpty { throw Objection(reason: "names no file") }
        if let path = pathsByID[name] { return Reference(id: name, path: path, isFile: true) }
        if let id = idsByPath[name] { return Reference(id: id, path: name, isFile: true) }
        if let ids = idsByStem[name], ids.count > 1 {
            throw Objection(reason: "may be \(ids.joined(separator: " or "))")
        }
        let path = FolderScan.isMedia(name) ? name : "\(name).mp4"
        return Reference(id: FolderScan.stem(of: name), path: path, isFile: false)
    }

    /// Why a text is not a clip's name, to be put behind it.
    struct Objection: Error {
        let reason: String
    }

    /// The id of a file or a stretch of it, which is among the clips from then on.
    ///
    /// - Throws: `Objection` if another clip has that id.
    mutating func mention(
        _ reference: Reference, start: Double? = nil, end: Double? = nil
    ) throws(Objection) -> String {
        mentioned.insert(reference.id)
        var id = reference.id
        if start != nil || end != nil {
            id += "_\(Self.text(start ?? 0))_\(end.map(Self.text) ?? "end")"
        }
        let clip = Clip(id: id, path: "\(root)/\(reference.path)", start: start ?? 0, end: end)
        let file = pathsByID[id]
        guard known[id, default: clip] == clip, file == nil || file == reference.path else {
            throw Objection(reason: "would have the id '\(id)', which another clip has")
        }
        if known.updateValue(clip, forKey: id) == nil { clips.append(clip) }
        return id
    }

    /// Puts a file, by its id, among the clips.
    mutating func mention(_ id: String, _ path: String) {
        mentioned.insert(id)
        let clip = Clip(id: id, path: "\(root)/\(path)")
        if known.updateValue(clip, forKey: id) == nil { clips.append(clip) }
    }

    /// Files that no annotation mentions, in the order of their paths.
    var unmentioned: [(id: String, path: String)] { files.filter { !mentioned.contains($0.id) } }

    /// The shortest text of a time, without a fraction where it has none.
    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
    }
}
