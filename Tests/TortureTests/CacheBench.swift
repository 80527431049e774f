import Foundation
import TestSupport
import Testing

/// A data set, the commands that fill its cache, and what the cache is after each, undisturbed.
final class CacheBench: Sendable {
    /// A command and the cache around it.
    struct Stage: Sendable {
        let name: String

        /// The command's arguments but the cache.
        let arguments: [String]

        /// Folder of the cache that it starts from; nil if there is none yet.
        let before: String?

        /// Files of the cache when it has ended.
        let after: [String: Data]

        /// Its exit status, undisturbed.
        let status: Int32

        /// Seconds that it takes.
        let seconds: Double
    }

    let stages: [Stage]
    nonisolated(unsafe) private let data: AVEFolder

    /// Folder for caches, without links in its path.
    let path: String

    /// Makes a data set and fills its caches serially.
    ///
    /// - Parameters:
    ///   - count: How many clips; one of them is an empty file, one has no sound, and one is missing.
    ///   - jobs: Clips worked on at a time where things go wrong; the undisturbed run takes one.
    ///   - last: Name of the last of ``commands`` to run.
    /// - Throws: If clips cannot be made, or a command fails.
    init(clips count: Int, jobs: Int = 1, upTo last: String = "audio") throws {
        let ids = (0..<count).map { "clip\($0)" }
        data = try AVEFolder(clips: ids)
        path = String(cString: realpath(data.path, nil))
        try data.makeClip("clip0", grey: 70)
        try data.makeClip("clip1", grey: 150, hasAudio: false)
        try Data().write(to: URL(filePath: data.clip("clip2")))
        for index in ids.indices.dropFirst(3) where index != 3 {
            let original = data.clip(index == count / 2 ? "clip1" : "clip0")
            guard Foundation.link(original, data.clip(ids[index])) == 0 else {
                throw Child.StartError(description: "cannot link \(ids[index])")
            }
        }

        var stages: [Stage] = []
        let reference = "\(path)/undisturbed"
        let wanted = Self.commands.prefix(through: Self.commands.firstIndex(of: last) ?? 0)
        for (number, name) in wanted.enumerated() {
            let arguments = Self.arguments(of: name, data)
            var before: String?
            if number > 0 {
                before = "\(path)/before-\(name)"
                try FileManager.default.copyItem(atPath: reference, toPath: before!)
            }
            let start = Date()
            let ending = try Child.run(
                Program.path, arguments + ["--cache", reference, "--jobs", "1"])
            let seconds = Date().timeIntervalSince(start)
            try #require([0, 3].contains(ending.status), "\(name): \(ending.errors)")
            stages.append(
                Stage(
                    name: name, arguments: arguments + ["--jobs", "\(jobs)"], before: before,
                    after: try Self.files(of: reference), status: ending.status, seconds: seconds))
        }
        self.stages = stages
    }

    /// Commands to disturb, in the order in which they fill a cache.
    static let commands = ["extract", "visual", "audio"]

    /// Those that the short form disturbs.
    static let shortCommands = ["extract", "visual"]

    /// The arguments of a command; to torture another one, add it here.
    private static func arguments(of name: String, _ data: AVEFolder) -> [String] {
        func encode(_ stream: String, _ layers: String, _ tokens: String) -> [String] {
            [
                "encode", "--backbone", Reference.path("vit-hf"), "--stream", stream, "--layers",
                layers, "--tokens", tokens, "--quiet",
            ]
        }
        switch name {
        case "visual": return encode("visual", "0,3", "all")
        case "audio": return encode("audio", "3", "cls")
        default:
            return ["extract", data.root, "--dataset", data.manifest, "--size", "64", "--quiet"]
        }
    }

    /// Makes the cache in which a stage starts.
    func prepare(_ stage: Stage, _ name: String) throws -> String {
        let cache = "\(path)/\(name)"
        if let before = stage.before {
            try FileManager.default.copyItem(atPath: before, toPath: cache)
        }
        return cache
    }

    func remove(_ cache: String) { try? FileManager.default.removeItem(atPath: cache) }

    /// Arguments of a stage on a cache.
    func arguments(_ stage: Stage, _ cache: String) -> [String] {
        stage.arguments + ["--cache", cache]
    }

    /// Bytes of every file of a cache but those that say when and by whom it was filled.
    static func files(of cache: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        guard FileManager.default.fileExists(atPath: cache) else { return files }
        for name in try FileManager.default.subpathsOfDirectory(atPath: cache) {
            guard !name.hasPrefix("runs"), !name.hasPrefix("lock") else { continue }
            let file = URL(filePath: "\(cache)/\(name)")
            let isFolder = try file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory
            if isFolder == false { files[name] = try Data(contentsOf: file) }
        }
        return files
    }
}
