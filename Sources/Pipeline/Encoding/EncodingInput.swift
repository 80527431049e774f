import Foundation
import Storage

/// The feature that a stream's states are computed from.
struct EncodingInput: Sendable {
    let shape: EncodingShape

    let feature: Feature
    private let index: FeatureIndex
    private let array: String

    /// Failures of the input by clip.
    private let failures: [String: ClipFailure]

    /// Opens the feature.
    ///
    /// - Throws: ``StorageError`` of kind `missing` if the cache has no data of it.
    init(_ cache: Cache, _ stream: Encoding.Stream) throws {
        feature = cache.feature(stream.input)
        guard let recipe = try feature.recipe() else {
            throw StorageError(
                .missing, "encode the \(stream.rawValue) stream of \(cache.path)",
                "it has no \(stream.input); run avprep extract")
        }
        index = try feature.index()
        failures = Dictionary(try feature.failures().map { ($0.clip, $0) }) { $1 }
        let array = stream == .visual ? "rgb" : "logmel"
        self.array = array
        guard let shape = index.shards.first?.arrays.first(where: { $0.name == array })?.shape,
            shape.count == (stream == .visual ? 4 : 3)
        else {
            throw StorageError(
                .missing, "encode the \(stream.rawValue) stream of \(cache.path)",
                "no clip has \(stream.input)")
        }
        let segments = shape[0]
        let expected = [
            ArraySpecification(
                array, stream == .visual ? .u8 : .f32,
                shape: stream == .visual
                    ? [segments, shape[1], shape[2], 3] : [segments, shape[1], shape[2]]),
            ArraySpecification("time", .f64, shape: [segments]),
            ArraySpecification("valid", .u8, shape: [segments]),
        ]
        for shard in index.shards where !Set(expected).isSubset(of: shard.arrays) {
            throw StorageError(
                .damaged, "read \(shard.path)",
                "its arrays are not those of \(segments) segments of \(stream.input)")
        }
        self.shape = EncodingShape(
            fingerprint: recipe.fingerprint, segments: segments, height: shape[1], width: shape[2])
    }

    /// Whether a clip has data.
    ///
    /// Those of a file that has changed and then failed do not count.
    func contains(_ clip: String) -> Bool {
        index.contains(clip) && failures[clip]?.isPartial != false
    }

    /// Checksum of a clip's data; nil if it has none.
    func checksum(of clip: String) throws -> UInt64? {
        try index.place(of: clip).flatMap { try $0.shard.checksums(row: $0.row)[array] }
    }

    /// A clip's data with their times and validity.
    func row(of clip: String) throws -> (times: [Double], valid: [Bool], bytes: [UInt8]) {
        guard let (shard, row) = index.place(of: clip) else {
            preconditionFailure("clip \(clip) is planned without data")
        }
        return (
            try shard.times(row: row), try shard.valid(row: row),
            try shard.bytes(of: array, row: row)
        )
    }

    /// The clips that have no data to encode, or not all, with the reason.
    func failures(of clips: [String]) throws -> [(feature: String, failure: ClipFailure)] {
        clips.compactMap { clip in
            if let failure = failures[clip] { return (feature.name, failure) }
            guard !contains(clip) else { return nil }
            let failure = ClipFailure(
                clip: clip, outcome: "missing",
                message: "cannot encode \(clip): it has no \(feature.name) yet; run avprep extract",
                isPartial: false, size: nil, modified: nil)
            return (feature.name, failure)
        }
    }
}
