public import Foundation

/// A data set in AVE's layout that a test makes, with clips of two seconds.
///
/// Clips are made by the `ffmpeg` program, which `make setup` installs.
public final class AVEFolder {
    private let folder: TemporaryFolder

    /// Folder for caches and the like.
    public var path: String { folder.path }
    public var root: String { "\(folder.path)/data" }

    /// A manifest whose clips have two segments of a second.
    public var manifest: String { "\(folder.path)/two.yaml" }

    /// Makes a data set of `count` clips in one class, half train and half test.
    public init(clips ids: [String]) throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/data/AVE", withIntermediateDirectories: true)
        let lines = ids.map { "Bark&\($0)&good&0&1" }
        try write("data/Annotations.txt", lines.joined(separator: "\n"))
        try write("data/trainSet.txt", lines.prefix(ids.count / 2).joined(separator: "\n"))
        try write("data/valSet.txt", "")
        try write("data/testSet.txt", lines.dropFirst(ids.count / 2).joined(separator: "\n"))
        try write(
            "two.yaml",
            """
            name: two
            reader: AVE
            annotations: Annotations.txt
            media: AVE/{id}.mp4
            splits: {train: trainSet.txt, val: valSet.txt, test: testSet.txt}
            segments: 2
            segmentDuration: 1
            """)
    }

    /// Writes a text below the folder.
    public func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }

    public func clip(_ id: String) -> String { "\(root)/AVE/\(id).mp4" }

    /// Makes a clip: a picture of one grey value, 0 to 255, and a tone.
    public func makeClip(
        _ id: String, grey: Int, seconds: Double = 2, hasAudio: Bool = true
    ) throws {
        let digits = String(grey, radix: 16)
        let value = String(repeating: "0", count: 2 - digits.count) + digits
        let picture = "color=0x\(value)\(value)\(value):s=64x48:r=10:d=\(seconds)"
        let sound = hasAudio ? "-f lavfi -i sine=\(200 + 10 * grey):d=\(seconds) " : ""
        try ffmpeg(
            "-f lavfi -i \(picture) \(sound)-c:v libx264 -preset ultrafast -threads 1",
            to: clip(id))
    }

    /// Makes a media file, by arguments that are separated by spaces.
    public func ffmpeg(_ arguments: String, to path: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-v", "error", "-y"]
            + arguments.split(separator: " ").map(String.init) + [path]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Bytes of every file of a cache but those that say when and by whom it was filled.
    public func files(of cache: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: cache) {
            guard !name.hasPrefix("runs"), !name.hasPrefix("lock") else { continue }
            let file = URL(filePath: "\(cache)/\(name)")
            let isFolder = try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory
            if isFolder == false { files[name] = try Data(contentsOf: file) }
        }
        return files
    }
}
