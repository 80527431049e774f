import Foundation
import Yams

/// What an edition of a data set looks like on disk: a file in `manifests/datasets`, or a user's own.
public struct DatasetManifest: Decodable, Sendable {
    public let name: String

    /// Name of the layout, which chooses the reader in ``DatasetCatalog``.
    public let reader: String

    /// Path of the annotation file below the data set's root, where the layout has one for all splits.
    public let annotations: String?

    /// Paths of a clip's file below the root, with `{id}` for the clip's id and other names in braces that the
    /// reader's documentation lists; the first that exists counts.
    public let media: [String]

    /// Path of the file that lists each split, or holds its annotations.
    public let splits: [String: String]

    /// Further annotation files by the names that the reader gives them.
    public let files: [String: String]

    /// Number of equal windows into which a clip is cut, and their length in seconds.
    public let segments: Int
    public let segmentDuration: Double

    /// Samples of each split in the official edition.
    public let expect: [String: Int]

    /// Presets of the published baselines, the usual one first.
    public let presets: [String]

    /// Whether clips are known to be missing everywhere, because their sources were deleted.
    public let isIncomplete: Bool

    /// Whether clips have lengths of their own, so that one which ends before its last segment lacks nothing.
    public let hasVaryingLengths: Bool

    /// Folders below the root with pictures or sound that others made from the videos.
    public let derived: [String]

    let mediaPatterns: [PathPattern]
    let folders: FolderCache

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, reader, annotations, media, splits, files, segments, segmentDuration, expect
        case presets, derived
        case isIncomplete = "incomplete"
        case hasVaryingLengths = "varyingLengths"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        reader = try values.decode(String.self, forKey: .reader)
        annotations = try values.decodeIfPresent(String.self, forKey: .annotations)
        if let one = try? values.decode(String.self, forKey: .media) {
            media = [one]
        } else {
            media = try values.decode([String].self, forKey: .media)
        }
        splits = try values.decodeIfPresent([String: String].self, forKey: .splits) ?? [:]
        files = try values.decodeIfPresent([String: String].self, forKey: .files) ?? [:]
        segments = try values.decode(Int.self, forKey: .segments)
        segmentDuration = try values.decode(Double.self, forKey: .segmentDuration)
        expect = try values.decodeIfPresent([String: Int].self, forKey: .expect) ?? [:]
        presets = try values.decodeIfPresent([String].self, forKey: .presets) ?? []
        isIncomplete = try values.decodeIfPresent(Bool.self, forKey: .isIncomplete) ?? false
        hasVaryingLengths =
            try values.decodeIfPresent(Bool.self, forKey: .hasVaryingLengths) ?? false
        derived = try values.decodeIfPresent([String].self, forKey: .derived) ?? []
        mediaPatterns = media.map { PathPattern($0) }
        folders = FolderCache()
    }

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
}
