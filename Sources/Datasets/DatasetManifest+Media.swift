import Foundation
import Synchronization

/// A path with names in braces that stand for parts of it.
struct PathPattern: Sendable {
    private enum Piece: Sendable {
        case text(String)
        case name(String)
    }

    private let pieces: [Piece]

    init(_ pattern: String) {
        var pieces: [Piece] = [], rest = pattern[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            pieces.append(.text(String(rest[..<open])))
            pieces.append(.name(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        self.pieces = pieces + [.text(String(rest))]
    }

    /// The path, with names that have no value as they are.
    func path(_ values: [String: String]) -> String {
        pieces.reduce(into: "") { path, piece in
            switch piece {
            case .text(let text): path += text
            case .name(let name): path += values[name] ?? "{\(name)}"
            }
        }
    }
}

/// What folders hold, each listed once, for as long as a data set is being read.
final class FolderCache: Sendable {
    private enum Contents {
        case absent, unreadable
        case listed(FolderListing)
    }

    private let contents = Mutex<[String: Contents]>([:])

    private func list(_ folder: String) -> Contents {
        contents.withLock { contents in
            if let known = contents[folder] { return known }
            let found: Contents =
                FolderListing(folder).map { .listed($0) }
                ?? (FileManager.default.fileExists(atPath: folder) ? .unreadable : .absent)
            contents[folder] = found
            return found
        }
    }

    func exists(_ folder: String) -> Bool {
        if case .absent = list(folder) { false } else { true }
    }

    /// Whether a folder has a file or link of a name.
    func has(_ name: String, in folder: String) -> Bool {
        switch list(folder) {
        case .absent: false
        case .unreadable: FileKind.isFile("\(folder)/\(name)")
        case .listed(let listing): listing[name] == .file || listing[name] == .link
        }
    }
}

extension DatasetManifest {
    /// Path of a clip's file: the first that exists, of what the manifest says, and then of the same with
    /// another of the usual extensions; where none exists, the first whose folder does.
    ///
    /// - Parameters:
    ///   - id: What `{id}` stands for.
    ///   - root: The data set's folder.
    ///   - names: What other names in braces stand for.
    /// - Returns: A path below `root`.
    func mediaPath(of id: String, root: String, _ names: [String: String] = [:]) -> String {
        var values = names
        values["id"] = id
        let expected = mediaPatterns.map { Place("\(root)/\($0.path(values))") }
        if let place = expected.first(where: { folders.has($0.name, in: $0.folder) }) {
            return place.path
        }
        let present = expected.filter { folders.exists($0.folder) }
        for place in present {
            let other = Self.extensions.lazy.map { "\(place.stem).\($0)" }
                .first { folders.has($0, in: place.folder) }
            if let other { return "\(place.folder)/\(other)" }
        }
        return (present.first ?? expected.first)?.path ?? "\(root)/\(id)"
    }

    private struct Place {
        let path: String
        let folder: String
        let name: String

        init(_ path: String) {
            self.path = path
            let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
            folder = String(path[..<slash])
            name = String(path[path.utf8.index(after: slash)...])
        }

        /// The name without its extension.
        var stem: Substring {
            DatasetManifest.mediaExtension(of: name).map { name.dropLast($0.count + 1) }
                ?? name[...]
        }
    }

    /// What follows the last dot of a name, if media files have such extensions.
    static func mediaExtension(of name: String) -> Substring? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else {
            return nil
        }
        let text = name[name.utf8.index(after: dot)...]
        return knownExtensions.contains(text.lowercased()) ? text : nil
    }

    /// Extensions that media files have, the usual one first.
    static let mediaExtensions = ["mp4", "mkv", "webm", "avi", "mov", "m4v", "flv", "3gp"]

    private static let extensions = mediaExtensions + mediaExtensions.map { $0.uppercased() }
    private static let knownExtensions = Set(mediaExtensions)
}
