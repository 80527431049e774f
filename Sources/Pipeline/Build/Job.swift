public import Datasets
import Foundation
public import Models
public import Neural
import Storage

/// A job file: a data set, and the features that its cache is to have.
///
/// ```yaml
/// dataset: ave               # a known name, or a manifest
/// root: AVE_Dataset
/// cache: ave-cache
/// jobs: 4
/// extract: {size: 224, mel: lavish-vit}      # the keys are the flags of avprep extract
/// encode:
///   - {backbone: models/vit-base, stream: visual, layers: [3, 6, 9, 12], tokens: grid:4x4}
/// ```
///
/// Paths are relative to the file's folder. Nothing in them is expanded.
public struct Job: Sendable {
    /// A job file that cannot be used, and why.
    public struct Error: Swift.Error, CustomStringConvertible {
        public enum Kind: Sendable {
            case missing, permission, invalid
        }

        public let kind: Kind
        public let description: String

        init(_ kind: Kind, _ path: String, _ reason: String) {
            self.kind = kind
            description = "cannot read job \(path): \(reason)"
        }
    }

    /// An entry of `encode`.
    public struct Encode: Sendable {
        public var backbone: String
        public var stream: Encoding.Stream
        public var layers: [Int]
        public var tokens: TokenSelection
        public var numberType: Encoding.NumberType
        public var compute: ComputeType
    }

    /// Path of the file.
    public let path: String

    /// Name of the data set, or path of its manifest.
    public let datasetName: String
    public let root: String
    public let cache: String

    /// Clips worked on at a time; nil for one on each core.
    public let jobs: Int?

    public let extract: ExtractionRequest
    public let encode: [Encode]

    /// Reads a job file.
    ///
    /// - Throws: ``Error`` that names the key, with the nearest known one where it is unknown.
    public init(reading path: String) throws(Error) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Error(.missing, path, "No such file")
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw Error(.permission, path, "Permission denied")
        }
        guard let yaml = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Error(.invalid, path, "it is not a readable text")
        }
        let file: JobNode
        do throws(JobNode.Error) {
            file = try JobNode(yaml: yaml)
            try file.allow(["dataset", "root", "cache", "jobs", "extract", "encode"])
            let folder = Self.folder(of: path)
            datasetName = try file.needed("dataset") { node throws(JobNode.Error) in
                let name = try node.text()
                let isFile = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
                return isFile && !name.hasPrefix("/") ? folder + name : name
            }
            root = try Self.path(in: file, "root", folder)
            cache = try Self.path(in: file, "cache", folder)
            jobs = try file.optional("jobs") { node throws(JobNode.Error) in
                try node.integer(in: 1...1024)
            }
            extract =
                try file.optional("extract") { node throws(JobNode.Error) in
                    try ExtractionRequest(node)
                } ?? ExtractionRequest()
            encode =
                try file.optional("encode") { node throws(JobNode.Error) in
                    try node.list().map { node throws(JobNode.Error) in
                        try Encode(node, folder: folder)
                    }
                } ?? []
        } catch {
            throw Error(.invalid, path, error.reason)
        }
        self.path = path
    }

    /// Reads the data set's annotations.
    public func dataset() throws -> Dataset {
        let dataset = try DatasetCatalog.read(
            root, as: datasetName, indices: RecordNumbers.read)
        do {
            return try extract.applied(to: dataset)
        } catch {
            throw Error(.invalid, path, "extract.\(error.key) \(error.reason)")
        }
    }

    /// What the job makes of its clips.
    func settings(for dataset: Dataset) throws(Error) -> ExtractionSettings {
        do throws(ExtractionRequest.Error) {
            var settings = try extract.settings(
                segments: dataset.segments, segmentDuration: dataset.segmentDuration)
            settings.allowsShortClips = dataset.hasVaryingLengths
            return settings
        } catch {
            throw Error(.invalid, path, "extract.\(error.key) \(error.reason)")
        }
    }

    private static func path(
        in file: JobNode, _ key: String, _ folder: String
    ) throws(JobNode.Error) -> String {
        try file.needed(key) { node throws(JobNode.Error) in
            var path = try node.text()
            while path.count > 1, path.hasSuffix("/") { path.removeLast() }
            return path.hasPrefix("/") ? path : folder + path
        }
    }

    /// The folder of a file, with a slash at its end; empty for a bare name.
    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}

extension Job.Encode {
    fileprivate init(_ node: JobNode, folder: String) throws(JobNode.Error) {
        try node.allow(["backbone", "stream", "layers", "tokens", "dtype", "compute"])
        backbone = try node.needed("backbone") { node throws(JobNode.Error) in
            let path = try node.text()
            return path.hasPrefix("builtin:") || path.hasPrefix("/") ? path : folder + path
        }
        stream = try node.needed("stream") { node throws(JobNode.Error) in try node.value() }
        layers = try node.needed("layers") { node throws(JobNode.Error) in
            try node.list().map { node throws(JobNode.Error) in try node.integer(in: 0...1000) }
        }
        tokens =
            try node.optional("tokens") { node throws(JobNode.Error) in
                guard let tokens = TokenSelection(try node.text()) else {
                    throw node.error("is not \(TokenSelection.forms)")
                }
                return tokens
            } ?? .all
        numberType =
            try node.optional("dtype") { node throws(JobNode.Error) in try node.value() } ?? .f16
        compute =
            try node.optional("compute") { node throws(JobNode.Error) in try node.value() } ?? .f32
    }
}

extension ExtractionRequest {
    fileprivate init(_ node: JobNode) throws(JobNode.Error) {
        self.init()
        try node.allow([
            "features", "on", "frame-preset", "fps", "frames", "times", "size", "fit", "resize",
            "deinterlace", "range", "matrix", "mel", "segments", "segment-seconds",
        ])
        func text(_ key: String) throws(JobNode.Error) -> String? {
            try node.optional(key) { node throws(JobNode.Error) in try node.text() }
        }
        func number(_ key: String) throws(JobNode.Error) -> Double? {
            try node.optional(key) { node throws(JobNode.Error) in try node.number() }
        }
        func integer(_ key: String) throws(JobNode.Error) -> Int? {
            try node.optional(key) { node throws(JobNode.Error) in
                try node.integer(in: 1...1_000_000)
            }
        }
        features = try node.optional("features") { node throws(JobNode.Error) in
            try node.list().map { node throws(JobNode.Error) in try node.text() }
        }
        policies =
            try node.optional("on") { node throws(JobNode.Error) in
                var policies: [String: String] = [:]
                for (key, value) in try node.members() { policies[key] = try value.text() }
                return policies
            } ?? [:]
        framePreset = try text("frame-preset")
        fps = try number("fps")
        frames = try integer("frames")
        times = try node.optional("times") { node throws(JobNode.Error) in
            try node.list().map { node throws(JobNode.Error) in try node.number() }
        }
        size = try text("size")
        fit = try text("fit")
        resize = try text("resize")
        deinterlace = try text("deinterlace")
        range = try text("range")
        matrix = try text("matrix")
        mel = try text("mel")
        segments = try integer("segments")
        segmentSeconds = try number("segment-seconds")
    }
}
