import Foundation
import Storage

/// The feature that a stream's states are computed from.
struct EncodingInput: Sendable {
    let fingerprint: String

    let segments: Int

    /// Extents of a segment's picture or spectrogram.
    let height: Int
    let width: Int

    let feature: Feature
    private let index: FeatureIndex
    private let array: String

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
        fingerprint = recipe.fingerprint
        index = try feature.index()
        let array = stream == .visual ? "rgb" : "logmel"
        self.array = array
        guard let shape = index.shards.first?.arrays.first(where: { $0.name == array })?.shape,
            shape.count >= 3
        else {
            throw StorageError(
                .missing, "encode the \(stream.rawValue) stream of \(cache.path)",
                "no clip has \(stream.input)")
        }
        let segments = cache.description.segments
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
        self.segments = segments
        (height, width) = (shape[1], shape[2])
    }

    func contains(_ clip: String) -> Bool { index.contains(clip) }

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
        var known: [String: ClipFailure] = [:]
        for failure in try feature.failures() { known[failure.clip] = failure }
        return clips.compactMap { clip in
            if let failure = known[clip] { return (feature.name, failure) }
            guard !contains(clip) else { return nil }
            let failure = ClipFailure(
                clip: clip, outcome: "missing",
                message: "cannot encode \(clip): it has no \(feature.name) yet; run avprep extract",
                isPartial: false, size: nil, modified: nil)
            return (feature.name, failure)
        }
    }
}
