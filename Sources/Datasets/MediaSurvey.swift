/// The folders that clips are in, listed once each.
struct MediaSurvey {
    /// Ids of the clips that have a file that may be one.
    private(set) var present: Set<String> = []

    /// Paths of media files that no clip names.
    private(set) var extras: [String] = []

    /// Paths by what is found there instead of a clip.
    private(set) var notClips: [String: [String]] = [:]

    init(_ clips: [Clip]) {
        var folders: [Substring: [FolderListing.Name: [String]]] = [:]
        for clip in clips {
            let slash = clip.path.utf8.lastIndex(of: UInt8(ascii: "/"))
            let folder = slash.map { clip.path[..<$0] } ?? "."
            let name = slash.map { clip.path[clip.path.utf8.index(after: $0)...] } ?? clip.path[...]
            folders[folder, default: [:]][FolderListing.Name(text: String(name)), default: []]
                .append(clip.id)
        }
        for (folder, clips) in folders {
            guard let listing = FolderListing(folder.isEmpty ? "/" : String(folder)) else {
                continue
            }
            for (name, kind) in listing.kinds {
                survey("\(folder)/\(name.text)", name.text, kind, clips: clips[name])
            }
        }
    }

    /// Sorts an entry of a folder by what it is; `clips` are those whose file it should be.
    private mutating func survey(
        _ path: String, _ name: String, _ kind: FileKind, clips: [String]?
    ) {
        if let reason = Impostor.reason(name: name), clips == nil {
            notClips[reason, default: []].append(path)
            return
        }
        let isMedia = clips != nil || DatasetManifest.mediaExtension(of: name) != nil
        guard isMedia || kind == .other else { return }
        if let reason = Impostor.reason(at: path, listedAs: kind) {
            notClips[reason, default: []].append(path)
        } else if let clips {
            present.formUnion(clips)
        } else {
            extras.append(path)
        }
    }
}
