public import Datasets
import Media

/// What a user asks of an extraction, by the names that flags and job files share.
public struct ExtractionRequest: Sendable, Equatable {
    /// A value that cannot be used, and why.
    public struct Error: Swift.Error, Equatable {
        /// Name of the flag or key.
        public let key: String

        /// What is wrong, to be put behind the name.
        public let reason: String
    }

    /// Names of an ``ExtractedFeature`` each; nil for all.
    public var features: [String]?

    /// For classes of outcome, `fail` if they cost a clip all its data, or `mask` if what is missing
    /// is padded and marked.
    public var policies: [String: String] = [:]

    /// Name of a ``FramePreset``, of which what is said beside it takes the place.
    public var framePreset: String?

    /// Pictures per second.
    public var fps: Double?

    /// Pictures per clip.
    public var frames: Int?

    /// Seconds of the clip at which pictures are taken.
    public var times: [Double]?

    /// `N` or `WxH`, in pixels.
    public var size: String?

    /// Name of a ``PictureSettings/Fit``.
    public var fit: String?

    /// Name of a ``PictureSettings/Kernel``.
    public var resize: String?

    /// Names of a ``PictureSettings/Deinterlacing``, ``PictureSettings/Range`` and
    /// ``PictureSettings/Matrix``.
    public var deinterlace: String?
    public var range: String?
    public var matrix: String?

    /// Name of a ``LogMelPreset``.
    public var mel: String?

    /// Number of equal windows of a clip, and their length in seconds.
    public var segments: Int?
    public var segmentSeconds: Double?

    public init() {}

    /// The data set, with the windows that are asked for.
    public func applied(to dataset: Dataset) throws(Error) -> Dataset {
        var dataset = dataset
        dataset.segments = segments ?? dataset.segments
        dataset.segmentDuration = segmentSeconds ?? dataset.segmentDuration
        try require(1...10_000 ~= dataset.segments, "segments", "must lie in 1…10000.")
        try require(
            0.001...3600 ~= dataset.segmentDuration, "segment-seconds", "must lie in 0.001…3600.")
        return dataset
    }

    /// What is asked for, in the library's terms.
    ///
    /// - Parameters:
    ///   - segments: Number of windows of a clip.
    ///   - segmentDuration: Their length in seconds.
    /// - Returns: Settings; what was not asked for has its default.
    /// - Throws: ``Error`` that names the first value which cannot be used.
    public func settings(
        segments: Int, segmentDuration: Double
    ) throws(Error) -> ExtractionSettings {
        var settings = ExtractionSettings(segments: segments, segmentDuration: segmentDuration)
        if let features {
            try require(!features.isEmpty, "features", "must name at least one.")
            var chosen: Set<ExtractedFeature> = []
            for name in features { chosen.insert(try value(name, "features")) }
            settings.features = chosen
        }
        settings.refused = try refused()
        if let framePreset {
            guard let preset = FramePreset.named(framePreset) else {
                throw unknown(framePreset, "frame-preset", FramePreset.all.map(\.name))
            }
            (settings.sampling, settings.picture) = (preset.sampling, preset.picture)
        }
        if let sampling = try sampling() { settings.sampling = sampling }
        try require(
            1...100_000
                ~= settings.sampling.count(
                    segments: segments, segmentDuration: segmentDuration),
            "fps", "gives a clip more than 100000 pictures.")
        try change(&settings.picture)
        if let mel {
            guard let preset = LogMelPreset.named(mel) else {
                throw unknown(mel, "mel", LogMelPreset.all.map(\.name))
            }
            settings.logMel = preset
        }
        return settings
    }

    private func change(_ picture: inout PictureSettings) throws(Error) {
        if let size {
            picture.size = try pictureSize(size)
            picture.shortSide = nil  // A preset's belongs to its own size.
        }
        if let fit { picture.fit = try value(fit, "fit") }
        if let resize { picture.kernel = try value(resize, "resize") }
        if let deinterlace { picture.deinterlacing = try value(deinterlace, "deinterlace") }
        if let range { picture.range = try value(range, "range") }
        if let matrix { picture.matrix = try value(matrix, "matrix") }
    }

    /// Outcomes that leave nothing to mask.
    private static let fatal: Set<MediaError.Kind> = [.missing, .unreadable, .timeout, .hostile]

    private func refused() throws(Error) -> Set<MediaError.Kind> {
        var refused: Set<MediaError.Kind> = []
        for (name, policy) in policies.sorted(by: { $0.key < $1.key }) {
            let kind: MediaError.Kind = try value(name, "on")
            try require(
                policy == "fail" || policy == "mask", "on",
                "'\(name)=\(policy)' is neither fail nor mask.")
            try require(
                policy == "fail" || !Self.fatal.contains(kind), "on",
                "'\(name)' leaves nothing that could be masked.")
            if policy == "fail" { refused.insert(kind) }
        }
        return refused
    }

    private func sampling() throws(Error) -> FrameSampling? {
        let given = [
            fps == nil ? nil : "fps", frames == nil ? nil : "frames", times.map { _ in "times" },
        ]
        .compactMap(\.self)
        try require(given.count < 2, given.last ?? "", "cannot stand beside \(given.first ?? "").")
        if let fps {
            try require(0.001...1000 ~= fps, "fps", "must lie in 0.001…1000.")
            return .rate(perSecond: fps)
        }
        if let frames {
            try require(1...100_000 ~= frames, "frames", "must lie in 1…100000.")
            return .count(frames)
        }
        guard let times else { return nil }
        let ascend = zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }
        let isUsable = !times.isEmpty && ascend && times.allSatisfy { 0...1e6 ~= $0 }
        try require(isUsable, "times", "must be seconds that ascend from 0.")
        return .times(times)
    }

    private func pictureSize(_ text: String) throws(Error) -> PictureSize {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard 1...2 ~= parts.count, let width = parts[0], let height = parts[parts.count - 1],
            1...4096 ~= width, 1...4096 ~= height
        else {
            throw Error(key: "size", reason: "'\(text)' is not N or WxH with sides in 1…4096.")
        }
        return PictureSize(width: width, height: height)
    }

    private func value<Value: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ key: String
    ) throws(Error) -> Value {
        guard let value = Value(rawValue: text) else {
            throw unknown(text, key, Value.allCases.map(\.rawValue))
        }
        return value
    }

    private func unknown(_ text: String, _ key: String, _ known: [String]) -> Error {
        Error(
            key: key, reason: "'\(text)' is unknown (known: \(known.joined(separator: ", "))).")
    }

    private func require(_ isTrue: Bool, _ key: String, _ reason: String) throws(Error) {
        guard isTrue else { throw Error(key: key, reason: reason) }
    }
}
