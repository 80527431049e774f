import Foundation

/// The media files in a folder and all folders below it, in the order of the bytes of their paths.
///
/// Symbolic links are followed. Each folder is listed once, so that loops end, and by its own path
/// rather than by a link's where it has both. Nothing is opened: an empty file is a clip, which will
/// fail with that reason.
struct FolderScan {
    /// Paths below the folder.
    private(set) var files: [String] = []

    /// What is there and is no clip.
    private(set) var tally = FindingTally()

    /// Extensions of files that are taken for media, in lower case.
    static let extensions: Set = [
        "mp4", "mkv", "webm", "avi", "mov", "m4v", "flv", "3gp", "3g2", "mpg", "mpeg", "ts", "mts",
        "m2ts", "vob", "wmv", "asf", "ogv", "mxf", "wav", "flac", "mp3", "m4a", "aac", "ogg", "oga",
        "opus", "aif", "aiff", "wma", "ac3", "caf",
    ]

    private let root: String
    private let ignored: Set<String>
    private var links: [String] = []
    private var visited: Set<FolderListing.Name> = []

    /// Walks a folder.
    ///
    /// - Parameters:
    ///   - root: The folder.
    ///   - ignored: Paths below it that are known not to be clips, such as annotations.
    /// - Throws: ``AnnotationError`` if `root` itself cannot be listed.
    init(_ root: String, ignoring ignored: Set<String>) throws(AnnotationError) {
        self.root = root
        self.ignored = ignored
        _ = try FileKind.find(root)
        guard let real = Self.realPath(root), let listing = FolderListing(root) else {
            throw AnnotationError("list \(root)", "it is not a folder that can be listed")
        }
        visited.insert(FolderListing.Name(text: real))
        walk("", real: real, listing)
        // Links wait until all folders that are reached without them are known.
        while !links.isEmpty { follow(links.removeFirst()) }
        files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private mutating func walk(_ folder: String, real: String, _ listing: FolderListing) {
        let names = listing.kinds.keys.map(\.text)
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            guard !ignored.contains(path) else { continue }
            guard !name.hasPrefix("."), Impostor.reason(name: name) == nil else {
                note("junk", "hidden files, and what programs leave behind", path)
                continue
            }
            switch listing[name] {
            case .folder: enter(path, real: "\(real)/\(name)")
            case .link: links.append(path)
            case .file: add(path)
            case .other, nil: note("special-file", "pipes, sockets and devices", path)
            }
        }
    }

    /// Walks a folder unless that was done.
    private mutating func enter(_ path: String, real: String) {
        if Self.isMedia(path) { note("folder-named-like-clip", "folders named like clips", path) }
        guard visited.insert(FolderListing.Name(text: real)).inserted else {
            note("repeated-folder", "links to folders that are listed already", path)
            return
        }
        guard let listing = FolderListing("\(root)/\(path)") else {
            note("unreadable-folder", "folders that cannot be listed", path)
            return
        }
        walk(path, real: real, listing)
    }

    private mutating func follow(_ path: String) {
        do {
            switch try FileKind.find("\(root)/\(path)").kind {
            case .file: add(path)
            case .folder: enter(path, real: Self.realPath("\(root)/\(path)") ?? path)
            case .link, .other: note("special-file", "pipes, sockets and devices", path)
            }
        } catch {
            note("broken-link", "symbolic links that lead nowhere", "\(path): \(error.reason)")
        }
    }

    private mutating func add(_ path: String) {
        // A name that is not UTF-8 arrives with this character, and does not open.
        if path.unicodeScalars.contains("\u{FFFD}"), !FileKind.isFile("\(root)/\(path)") {
            note("unreadable-name", "names that are not UTF-8", path)
        } else if Self.isMedia(path) {
            files.append(path)
        } else {
            note("not-media", "files without an extension of media files", path)
        }
    }

    private mutating func note(_ kind: String, _ what: String, _ path: String) {
        tally.note(kind, in: root, "\(what), which are no clips", at: "\(root)/\(path)")
    }

    /// A path below the folder without its extension.
    static func stem(of path: String) -> String {
        guard isMedia(path), let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else {
            return path
        }
        return String(path[..<dot])
    }

    static func isMedia(_ path: String) -> Bool {
        guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return extensions.contains(path[path.utf8.index(after: dot)...].lowercased())
    }

    /// A path without symbolic links; nil where nothing is there.
    private static func realPath(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
