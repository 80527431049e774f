import Foundation

/// Compares the files of a cache with what was written into them.
///
/// Every bit of every committed file is covered. Lines of JSON end with a checksum of themselves,
/// samples by the digest in `cache.json`, companions by hashes in `recipe.json`; of shards the rows by
/// `/checksum`, all else by ``ShardDirectory``.
public final class CacheVerification {
    /// A file, or a clip in one, that is not what was written.
    public struct Damage: Sendable, Equatable {
        public let file: String

        /// The clip whose data are damaged; nil if the file as a whole is.
        public var clip: String?

        /// Names of the damaged arrays of the clip.
        public var arrays: [String] = []
        public let reason: String
    }

    /// How much was compared.
    public private(set) var files = 0
    public private(set) var rows = 0

    /// Bytes of data that were compared with their checksums.
    public private(set) var bytes = 0

    public private(set) var damages = 0

    private let path: String
    private let report: (Damage) -> Void

    /// Compares a cache.
    ///
    /// - Parameters:
    ///   - path: Its folder.
    ///   - readingData: Whether the rows' data are read, and not only what the shards say of them.
    ///   - report: Told about each damage.
    /// - Throws: ``StorageError`` of kind `missing` if there is no cache.
    public init(
        of path: String, readingData: Bool, report: @escaping (Damage) -> Void
    ) throws(StorageError) {
        self.path = path
        self.report = report
        if let cache = try check(
            "cache.json", { () throws(StorageError) in try Cache(opening: path) })
        {
            _ = try check("samples.jsonl") { () throws(StorageError) in try cache.samples() }
        }
        for name in names(in: path) {
            let feature = Feature(name: name, cache: path)
            if name == "touched.jsonl" {
                try checkLines(name, as: SourceStamp.self)
            } else if name == "weights.jsonl" {
                try checkLines(name, as: HashedFile.self)
            } else if name == "runs" {
                for run in feature.fileNames() where run.hasSuffix(".json") {
                    try checkLines("runs/\(run)", as: JSONValue.self)
                }
            } else if feature.fileNames().contains(where: Self.isOurs) {
                try check(feature, readingData: readingData)
            }
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        name == "recipe.json" || ShardName(name) != nil
    }

    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private func check(
        _ feature: Feature, readingData: Bool
    ) throws(StorageError) {
        let folder = feature.name
        let recipe = try check("\(folder)/recipe.json") { () throws(StorageError) in
            guard let recipe = try feature.recipe() else {
                throw StorageError(
                    .damaged, "read \(feature.path)", "it has shards and no recipe.json")
            }
            return recipe
        }
        if recipe != nil {
            for name in try feature.damagedCompanions() {
                add(Damage(file: "\(path)/\(folder)/\(name)", reason: "it is not what was written"))
            }
        }
        _ = try check("\(folder)/failures.jsonl") { () throws(StorageError) in
            try feature.failures()
        }
        for name in try feature.shardNames() {
            _ = try check("\(folder)/\(name)") { () throws(StorageError) in
                let shard = try Shard(reading: feature.companion(name.description))
                guard recipe == nil || shard.fingerprint == recipe?.fingerprint else {
                    throw StorageError(
                        .damaged, "use \(shard.path)",
                        "it was made by another recipe than its folder's")
                }
                self.rows += shard.clips.count
                if readingData { try checkData(of: shard) }
            }
        }
    }

    private func checkData(of shard: Shard) throws(StorageError) {
        for (row, clip) in shard.clips.enumerated() {
            bytes += shard.arrays.map(\.rowSize).reduce(0, +)
            let arrays = try shard.damagedArrays(row: row)
            guard !arrays.isEmpty else { continue }
            add(
                Damage(
                    file: shard.path, clip: clip, arrays: arrays,
                    reason: "\(arrays.joined(separator: ", ")) is damaged"))
        }
    }

    private func checkLines<Line: Decodable>(
        _ name: String, as: Line.Type
    ) throws(StorageError) {
        let file = "\(path)/\(name)"
        _ = try check(name) { () throws(StorageError) in
            try JSONLines.readSealed(file, as: Line.self)
        }
    }

    /// Reads a file; nil if it is damaged or gone, which is reported.
    private func check<Result>(
        _ name: String, _ read: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result? {
        files += 1
        do throws(StorageError) {
            return try read()
        } catch {
            guard error.kind != .missing || name != "cache.json" else { throw error }
            add(Damage(file: "\(path)/\(name)", reason: error.reason))
            return nil
        }
    }

    private func add(_ damage: Damage) {
        damages += 1
        report(damage)
    }
}
