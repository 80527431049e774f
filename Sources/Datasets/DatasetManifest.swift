import Foundation
import Yams

/// What an edition of a data set looks like on disk: a file in `manifests/datasets`, or a user's own.
public struct DatasetManifest: Codable, Sendable {
    public let name: String

    /// Name of the layout, which chooses the reader in ``DatasetCatalog``.
    public let reader: String

    /// Path of the annotation file below the data set's root.
    public let annotations: String

    /// Path of a clip's file below the root, with `{id}` for the clip's id.
    public let media: String

    /// Path of the file that lists each split.
    public let splits: [String: String]

    /// Number of equal windows into which a clip is cut, and their length in seconds.
    public let segments: Int
    public let segmentDuration: Double

    /// Samples of each split in the official edition.
    public let expect: [String: Int]?

    /// Decodes a manifest.
    ///
    /// - Throws: ``AnnotationError`` that names `path` if it is not such a manifest.
    init(decoding yaml: String, from path: String) throws(AnnotationError) {
        do {
            self = try YAMLDecoder().decode(Self.self, from: yaml)
        } catch {
            throw AnnotationError("read \(path)", DatasetManifest.reason(of: error), .configuration)
        }
        guard 1...10_000 ~= segments, 0.001...3600 ~= segmentDuration else {
            throw AnnotationError(
                "read \(path)", "segments must lie in 1…10000, segmentDuration in 0.001…3600",
                .configuration)
        }
    }

    /// What Yams or the decoder found, in one line.
    private static func reason(of error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "key '\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            "key '\(context.codingPath.map(\.stringValue).joined(separator: "."))' has a value of "
                + "another kind"
        case DecodingError.dataCorrupted(let context):
            "\(context.underlyingError.map { "\($0)" } ?? context.debugDescription)"
                .split(whereSeparator: \.isNewline).joined(separator: " ")
        default: "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }

    /// Path of a clip's file: as the manifest says, or with another of the usual extensions.
    func mediaPath(of id: String, root: String) -> String {
        let expected = root + "/" + media.replacing("{id}", with: id)
        guard !FileManager.default.fileExists(atPath: expected) else { return expected }
        let stem = URL(filePath: expected).deletingPathExtension().path(percentEncoded: false)
        return Self.mediaExtensions.lazy.map { "\(stem).\($0)" }
            .first { FileManager.default.fileExists(atPath: $0) } ?? expected
    }

    private static let mediaExtensions = ["mp4", "mkv", "webm", "avi", "mov", "m4v", "flv", "3gp"]
}
