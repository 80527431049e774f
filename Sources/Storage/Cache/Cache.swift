public import Datasets
import Foundation

/// A folder with the features of a data set.
public struct Cache: Sendable {
    public let path: String
    public let description: Description

    /// What `cache.json` says.
    public struct Description: Codable, Sendable, Equatable {
        public let format: Int

        /// Name of the data set.
        public let dataset: String

        /// Names of the classes; an index into this list is a label.
        public let vocabulary: [String]

        /// Number of equal windows into which a clip is cut, and their length in seconds.
        public let segments: Int
        public let segmentDuration: Double

        /// Digest of the sample list in order.
        public let samples: String
    }

    /// Opens a cache.
    ///
    /// - Throws: ``StorageError`` of kind `missing` if there is none.
    public init(opening path: String) throws(StorageError) {
        let file = "\(path)/cache.json"
        guard FileManager.default.fileExists(atPath: file) else {
            throw StorageError(.missing, "open cache \(path)", "there is no cache.json")
        }
        guard let description = try JSONLines.readSealed(file, as: Description.self).first else {
            throw StorageError(.damaged, "open cache \(path)", "cache.json is empty")
        }
        guard description.format == 1 else {
            throw StorageError(
                .incompatible, "open cache \(path)",
                "its format is \(description.format); this version reads 1")
        }
        guard 1...10_000 ~= description.segments, description.segmentDuration > 0 else {
            throw StorageError(
                .damaged, "open cache \(path)", "cache.json is not what avprep wrote")
        }
        self.path = path
        self.description = description
    }

    /// Opens the cache of a data set, or creates it; a sample list that has changed takes the place of the old one.
    ///
    /// Clips that are new are then to be made, and rows of those that are gone count no more. Samples are written
    /// before their digest: killed in between, the cache is opened anew with either list.
    ///
    /// - Throws: ``StorageError`` of kind `incompatible` if the cache is of another data set, of other windows, or of
    ///   classes with other numbers.
    public init(_ path: String, for dataset: Dataset) throws(StorageError) {
        let samples = JSONLines.encode(dataset.samples)
        let description = Description(of: dataset, samples)
        try AtomicFile.createFolder(path)
        self = try AtomicFile.withLockedFolder(path) { () throws(StorageError) in
            let isNew = !FileManager.default.fileExists(atPath: "\(path)/cache.json")
            let old = isNew ? nil : try Cache(opening: path)
            try old?.check(description)
            let hasSamples = FileManager.default.fileExists(atPath: "\(path)/samples.jsonl")
            if old?.description != description || !hasSamples {
                try AtomicFile.write(samples, to: "\(path)/samples.jsonl")
            }
            if old?.description != description {
                try AtomicFile.write(JSONLines.seal([description]), to: "\(path)/cache.json")
            }
            return try Cache(opening: path)
        }
    }

    /// Opens the cache of a data set, if there is one, and writes nothing.
    ///
    /// - Throws: ``StorageError`` of kind `incompatible` as ``init(_:for:)`` does.
    public static func existing(
        at path: String, for dataset: Dataset
    ) throws(StorageError) -> Cache? {
        guard FileManager.default.fileExists(atPath: "\(path)/cache.json") else { return nil }
        let cache = try Cache(opening: path)
        try cache.check(Description(of: dataset, JSONLines.encode(dataset.samples)))
        return cache
    }

    private func check(_ wanted: Description) throws(StorageError) {
        if let difference = Self.difference(description, wanted) {
            throw StorageError(
                .incompatible, "add to cache \(path)", "\(difference); use another folder")
        }
    }

    /// What keeps data of both from lying side by side.
    private static func difference(_ old: Description, _ new: Description) -> String? {
        if old.dataset != new.dataset {
            return "it is of data set \(old.dataset), not \(new.dataset)"
        }
        if old.segments != new.segments || old.segmentDuration != new.segmentDuration {
            return "its clips have \(old.segments) segments of \(old.segmentDuration) s, "
                + "not \(new.segments) of \(new.segmentDuration) s"
        }
        guard new.vocabulary.starts(with: old.vocabulary) else {
            return "its classes are others, or have other numbers"
        }
        return nil
    }

    /// The samples, as read from the annotations.
    ///
    /// - Throws: ``StorageError`` of kind `damaged` if they are not those that the cache was made for.
    public func samples() throws(StorageError) -> [Sample] {
        let file = "\(path)/samples.jsonl"
        guard try Self.digest(AtomicFile.read(file)) == description.samples else {
            throw StorageError(.damaged, "read \(file)", "its digest is not that in cache.json")
        }
        return try JSONLines.read(file, as: Sample.self)
    }

    fileprivate static func digest(_ samples: Data) -> String {
        XXH3.digest(String(decoding: samples, as: UTF8.self))
    }

    /// Ids of the clips that samples refer to, each once, in their order.
    public func clips() throws(StorageError) -> [String] {
        var seen: Set<String> = []
        return try samples().map(\.clip).filter { seen.insert($0).inserted }
    }

    /// A feature by name, which need not exist yet.
    public func feature(_ name: String) -> Feature { Feature(name: name, cache: path) }

    /// Names of the features that exist.
    public func featureNames() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: "\(path)/\($0)/recipe.json") }
            .sorted()
    }

    /// Locks the cache for a command that changes it, see ``FolderLock``.
    public func lock(part: String?, command: String) throws(StorageError) -> FolderLock {
        try FolderLock(folder: path, part: part, command: command)
    }
}

extension Cache.Description {
    fileprivate init(of dataset: Dataset, _ samples: Data) {
        self.init(
            format: 1, dataset: dataset.name, vocabulary: dataset.vocabulary,
            segments: dataset.segments, segmentDuration: dataset.segmentDuration,
            samples: Cache.digest(samples))
    }
}
