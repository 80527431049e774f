import Foundation
import Synchronization

/// `weights.jsonl`: hashes of the weights that were used, so that gigabytes are read once and not in
/// each run.
///
/// It holds nothing that a hash would not tell again, so it may be removed, and does not count among
/// a cache's data.
extension Cache {
    private static func file(in cache: String) -> String { "\(cache)/weights.jsonl" }

    /// What this process has hashed.
    private static let hashed = Mutex<[String: HashedFile]>([:])

    /// The hash of a file of weights, computed where it is not known already; nothing is written.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - cache: Folder of the cache, which need not exist.
    /// - Returns: XXH3 of its bytes.
    /// - Throws: ``StorageError`` if it cannot be read, or changes meanwhile.
    public static func hash(ofWeights path: String, cache: String) throws(StorageError) -> UInt64 {
        let place = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        guard var file = HashedFile(place) else {
            throw StorageError(.missing, "hash \(path)", "No such file or directory")
        }
        let known = hashed.withLock { $0[place] } ?? knownWeights(cache)[place]
        if let known, file.isUnchanged(since: known) {
            hashed.withLock { $0[place] = known }
            return known.hash
        }
        file.hash = try XXH3.hash(fileAt: place)
        guard HashedFile(place)?.isUnchanged(since: file) == true else {
            throw StorageError(.failed, "hash \(path)", "it changed while it was read")
        }
        if !file.isRecent(at: Date().timeIntervalSince1970) {
            hashed.withLock { $0[place] = file }
        }
        return file.hash
    }

    /// What recipes call weights that are a part of the program, such as `builtin:tiny:` and their hash.
    ///
    /// - Parameters:
    ///   - name: Of the backbone.
    ///   - bytes: The file of weights; nil if there is none.
    /// - Returns: Another name for other weights.
    public static func identity(builtin name: String, _ bytes: [UInt8]?) -> String {
        let hash = bytes.map { ":" + XXH3.hexadecimal(XXH3.hash($0)) } ?? ""
        return "builtin:\(name)\(hash)"
    }

    /// The file of weights that has a hash, in hexadecimal digits, if it is known and has not changed.
    public func weights(ofHash hash: String) -> String? {
        let file = Self.knownWeights(path).values.first { XXH3.hexadecimal($0.hash) == hash }
        return file.flatMap { HashedFile($0.path)?.isUnchanged(since: $0) == true ? $0.path : nil }
    }

    private static func knownWeights(_ cache: String) -> [String: HashedFile] {
        let path = file(in: cache)
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        let files = (try? JSONLines.readSealed(path, as: HashedFile.self)) ?? []
        return Dictionary(files.map { ($0.path, $0) }) { $1 }
    }

    /// Writes down the hashes that this process has computed of some files.
    public func record(weights paths: [String]) throws(StorageError) {
        let places = paths.map {
            URL(filePath: $0).resolvingSymlinksInPath().path(percentEncoded: false)
        }
        let new = Self.hashed.withLock { hashed in places.compactMap { hashed[$0] } }
        guard !new.isEmpty else { return }
        try AtomicFile.withLockedFolder(path) { () throws(StorageError) in
            var known = Self.knownWeights(path)
            guard new.contains(where: { known[$0.path] != $0 }) else { return }
            for file in new { known[file.path] = file }
            try AtomicFile.write(
                JSONLines.seal(known.values.sorted { $0.path < $1.path }),
                to: Self.file(in: path))
        }
    }
}
