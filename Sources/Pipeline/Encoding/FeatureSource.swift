import Models
import Storage
import Tensors

/// Frames or log-mel windows of a cache, as what a stream's states are computed from.
struct FeatureSource: EncodingSource {
    let shape: EncodingShape

    private let feature: Feature
    private let index: FeatureIndex
    private let array: String

    /// Failures of the input by clip.
    private let failures: [String: ClipFailure]

    /// What extraction did to log-mel windows and the backbone does again; nil if nothing.
    private let undone: SpectrogramNormalisation?

    /// Opens the feature.
    ///
    /// - Throws: ``StorageError`` of kind `missing` if the cache has no data of it, or
    ///   ``Encoding/RequestError`` if its windows are not what the backbone reads.
    init(
        _ cache: Cache, _ kind: ExtractedFeature, _ stream: Encoding.Stream, for backbone: Backbone
    ) throws {
        feature = cache.feature(kind.rawValue)
        guard let recipe = try feature.recipe() else {
            throw StorageError(
                .missing, "encode the \(stream.rawValue) stream of \(cache.path)",
                "it has no \(kind.rawValue); run avprep extract")
        }
        undone = try WindowNormalisation(recipe).undone(
            for: backbone.model.spectrogramNormalisation, backbone.name)
        index = try feature.index()
        failures = Dictionary(try feature.failures().map { ($0.clip, $0) }) { $1 }
        let array = stream == .visual ? "rgb" : "logmel"
        self.array = array
        guard let shape = index.shards.first?.arrays.first(where: { $0.name == array })?.shape,
            shape.count == (stream == .visual ? 4 : 3)
        else {
            throw StorageError(
                .missing, "encode the \(stream.rawValue) stream of \(cache.path)",
                "no clip has \(kind.rawValue)")
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
                "its arrays are not those of \(segments) segments of \(kind.rawValue)")
        }
        self.shape = EncodingShape(
            kind.rawValue, fingerprint: recipe.fingerprint, stream, shape)
    }

    /// Those of a file that has changed and then failed do not count.
    func contains(_ clip: String) -> Bool {
        index.contains(clip) && failures[clip]?.isPartial != false
    }

    func checksum(of clip: String) throws -> UInt64? {
        try index.place(of: clip).flatMap { try $0.shard.checksums(row: $0.row)[array] }
    }

    func row(of clip: String) throws -> EncodingRow {
        guard let (shard, row) = index.place(of: clip) else {
            preconditionFailure("clip \(clip) is planned without data")
        }
        let valid = try shard.valid(row: row), bytes = try shard.bytes(of: array, row: row)
        let size = bytes.count / shape.segments
        return EncodingRow(
            times: try shard.times(row: row), valid: valid,
            inputs: (0..<shape.segments).map { segment in
                valid[segment] ? input(bytes[segment * size..<(segment + 1) * size]) : nil
            })
    }

    private func input(_ bytes: ArraySlice<UInt8>) -> BackboneInput? {
        switch shape.size {
        case .picture(let height, let width):
            return .picture(rgb: Array(bytes), height: height, width: width)
        case .spectrogram(let frames, let bands):
            // A copy begins where a number may; a slice of bytes need not.
            let values = unsafe Array(bytes).withUnsafeBytes {
                unsafe Array($0.bindMemory(to: Float.self))
            }
            let logMel = undone.map { undone in
                values.map { $0 * undone.deviation + undone.mean }
            }
            return .spectrogram(Tensor(logMel ?? values, shape: [frames, bands]))
        case .text: return nil
        }
    }

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
