public import Foundation

/// One kind of array computed for every clip: a folder of a cache, with its recipe and its shards.
public struct Feature: Sendable {
    /// `frames`, `logmel`, or `states-<backbone>-<stream>`.
    public let name: String
    public let path: String

    /// A feature of the cache in a folder, neither of which need exist.
    public init(name: String, cache: String) {
        self.name = name
        path = "\(cache)/\(name)"
    }

    /// The file beside `recipe.json`, such as the frozen norm that a feature's readers need.
    public func companion(_ name: String) -> String { "\(path)/\(name)" }

    /// The recipe by which the feature's data were made; nil if there is no such feature yet.
    public func recipe() throws(StorageError) -> Recipe? { try record()?.recipe }

    private func record() throws(StorageError) -> RecipeRecord? {
        let file = companion("recipe.json")
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        guard let record = try JSONLines.readSealed(file, as: RecipeRecord.self).first,
            record.recipe.fingerprint == record.fingerprint
        else {
            throw StorageError(
                .damaged, "read \(file)", "the fingerprint is not that of the recipe")
        }
        return record
    }

    /// Creates the feature, or checks that an existing one was made by this very recipe.
    ///
    /// - Parameters:
    ///   - recipe: What determines the feature's data.
    ///   - companions: Files that its readers need, by name; they are written before the recipe,
    ///     which holds their hashes.
    /// - Throws: ``StorageError`` of kind `incompatible` that names each differing field.
    public func prepare(
        _ recipe: Recipe, companions: [String: Data] = [:]
    ) throws(StorageError) {
        try AtomicFile.createFolder(path)
        try AtomicFile.withLockedFolder(path) { () throws(StorageError) in
            let record = RecipeRecord(
                recipe: recipe, fingerprint: recipe.fingerprint,
                companions: companions.mapValues { XXH3.hexadecimal(XXH3.hash(Array($0))) })
            let old = try self.record()
            if let old {
                let differences = recipe.differences(from: old.recipe)
                // A recipe by which nothing was made binds nobody.
                let isUsed = try !shardNames().isEmpty
                guard differences.isEmpty || !isUsed else {
                    throw StorageError(
                        .incompatible, "add to \(path)",
                        "its recipe differs: \(differences.joined(separator: "; ")); use another "
                            + "cache, or remove that folder")
                }
            }
            for (name, bytes) in companions.sorted(by: { $0.key < $1.key })
            where (try? AtomicFile.read(companion(name))) != bytes {
                try AtomicFile.write(bytes, to: companion(name))
            }
            guard old != record else { return }
            try AtomicFile.write(JSONLines.seal([record]), to: companion("recipe.json"))
        }
    }

    /// Names of the companions whose bytes are not those that were written.
    func damagedCompanions() throws(StorageError) -> [String] {
        let companions = try record()?.companions ?? [:]
        return companions.filter { name, hash in
            (try? XXH3.hash(fileAt: companion(name))).map(XXH3.hexadecimal) != hash
        }
        .keys.sorted()
    }

    /// Names of the files that the recipe says stand beside it.
    func companionNames() -> Set<String> {
        Set((try? record()?.companions.keys).map(Array.init) ?? [])
    }

    private struct RecipeRecord: Codable, Equatable {
        let recipe: Recipe
        let fingerprint: String

        /// Hash of each companion by its name.
        let companions: [String: String]
    }

    /// Path of the next shard for a group of clips, whose name no other shard has.
    public func nextShardPath(group: Int) throws(StorageError) -> String {
        let taken = try shardNames().filter { $0.group == group }.map(\.generation).max()
        let name = ShardName(group: group, generation: taken.map { $0 + 1 } ?? 0)
        return companion(name.description)
    }

    /// Opens every shard of the feature's recipe and says where each clip is.
    ///
    /// - Throws: ``StorageError``, of kind `incompatible` for a shard of another recipe.
    public func index() throws(StorageError) -> FeatureIndex {
        var shards: [Shard] = []
        let fingerprint = try recipe()?.fingerprint
        for name in try shardNames() {
            let shard = try Shard(reading: companion(name.description))
            guard shard.fingerprint == fingerprint else {
                throw StorageError(
                    .incompatible, "use \(shard.path)",
                    "it was made by another recipe than its folder's")
            }
            shards.append(shard)
        }
        return FeatureIndex(shards)
    }

    /// Paths of the published shards, older generations first.
    public func shardPaths() throws(StorageError) -> [String] {
        try shardNames().map { companion($0.description) }
    }

    /// Names of the published shards, older generations first.
    func shardNames() throws(StorageError) -> [ShardName] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
                .compactMap { ShardName($0) }.sorted()
        } catch {
            throw StorageError(.failed, "list \(path)", "it is not a readable folder")
        }
    }

    /// Removes what a killed run left behind; call it with the whole cache locked.
    public func removeUnfinishedShards() {
        for name in fileNames() where name.hasPrefix(".tmp-") { unlink("\(path)/\(name)") }
    }

    /// Names of the files in its folder, in order.
    func fileNames() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}

/// Where the clips of a feature are.
public struct FeatureIndex: Sendable {
    public let shards: [Shard]

    /// Shard and row of each clip.
    private var places: [String: (shard: Int, row: Int)] = [:]

    /// Later shards win where a clip is in several.
    init(_ shards: [Shard]) {
        self.shards = shards
        for (number, shard) in shards.enumerated() {
            for (row, clip) in shard.clips.enumerated() { places[clip] = (number, row) }
        }
    }

    public func contains(_ clip: String) -> Bool { places[clip] != nil }

    /// The shard that has a clip, and the clip's row there.
    public func place(of clip: String) -> (shard: Shard, row: Int)? {
        places[clip].map { (shards[$0.shard], $0.row) }
    }

    /// The file of a clip as it was read.
    public func source(of clip: String) -> SourceStamp? {
        guard let place = place(of: clip), case .files(let sources) = place.shard.provenance else {
            return nil
        }
        return sources[place.row]
    }

    /// Checksum of the data that a clip's were computed from.
    public func sourceChecksum(of clip: String) -> UInt64? {
        guard let place = place(of: clip), case .rows(let checksums) = place.shard.provenance else {
            return nil
        }
        return checksums[place.row]
    }
}
