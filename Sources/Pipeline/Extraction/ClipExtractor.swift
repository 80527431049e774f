import Datasets
import Media
import Storage
import Tensors

/// Decodes one clip into the rows of its features.
struct ClipExtractor: Sendable {
    private let settings: ExtractionSettings
    private let logMel: LogMelExtractor

    /// Seconds by which sound and picture may end apart.
    private static let tolerableMismatch = 0.5

    /// Findings that are no lack of data.
    private static let harmless: Set<MediaError.Kind> = [.silent, .avLengthMismatch]

    init(_ settings: ExtractionSettings) {
        self.settings = settings
        logMel = LogMelExtractor(settings.logMel)
    }

    func extract(_ clip: Clip, _ features: Set<ExtractedFeature>) -> ClipOutcome {
        var outcome = ClipOutcome(clip: clip.id, path: clip.path, tried: features)
        let stamp = FileStamp(clip.path)
        do {
            let decoded = try ClipDecoder.decode(clip.path, settings.request(for: clip))
            let hash = try XXH3.hash(fileAt: clip.path)
            guard let stamp, stamp == FileStamp(clip.path) else {
                throw MediaError(
                    .unreadable, "decode \(clip.path)", reason: "it changed while it was read")
            }
            outcome.source = SourceStamp(
                path: clip.path, size: stamp.size, modified: stamp.modified, hash: hash)
            try take(decoded, clip.path, stamp, into: &outcome)
        } catch {
            outcome.fail((error as? MediaError)?.kind ?? .unreadable, "\(error)", stamp)
        }
        return outcome
    }

    /// Fills in the rows that were tried and what they lack.
    ///
    /// - Throws: If something is found in any wanted feature that is to cost the clip all its data.
    private func take(
        _ decoded: DecodedClip, _ path: String, _ stamp: FileStamp, into outcome: inout ClipOutcome
    ) throws(MediaError) {
        for feature in settings.orderedFeatures {
            let row = feature == .frames ? frames(of: decoded) : windows(of: decoded)
            let findings = self.findings(in: decoded, feature, row)
            if let finding = findings.first(where: { settings.refused.contains($0.kind) }) {
                throw MediaError(finding.kind, "use \(path)", reason: finding.reason)
            }
            guard outcome.tried.contains(feature) else { continue }
            outcome.rows[feature] = row
            if let finding = findings.first(where: { !isHarmless($0, row) }) {
                outcome.failures[feature] = ClipFailure(
                    clip: outcome.clip, outcome: finding.kind.rawValue,
                    message:
                        "cannot take all \(feature.rawValue) of \(path): \(finding.reason)",
                    isPartial: true, size: stamp.size, modified: stamp.modified)
            }
            for finding in findings where Self.harmless.contains(finding.kind) {
                let warning = "\(path) is \(finding.kind.rawValue): \(finding.reason)"
                if !outcome.warnings.contains(warning) { outcome.warnings.append(warning) }
            }
        }
    }

    /// Whether nothing is lacking for it: of a clip that ends early, a published sampling may still take all pictures.
    private func isHarmless(_ finding: Finding, _ row: ShardRow) -> Bool {
        let isAllowed = settings.allowsShortClips || !row.valid.contains(false)
        return Self.harmless.contains(finding.kind) || finding.kind == .short && isAllowed
    }

    private func frames(of clip: DecodedClip) -> ShardRow {
        let size = (settings.picture.size?.pixels ?? 0) * 3
        var pixels: [UInt8] = []
        pixels.reserveCapacity(settings.count(of: .frames) * size)
        for picture in clip.pictures {
            pixels += picture?.rgb ?? [UInt8](repeating: 0, count: size)
        }
        return ShardRow(
            times: clip.pictures.map { $0?.time ?? .nan }, valid: clip.pictures.map { $0 != nil },
            arrays: [pixels])
    }

    private func windows(of clip: DecodedClip) -> ShardRow {
        let windows = logMel.windows(
            of: clip.samples, audioRange: clip.audioRange, mean: clip.audioMean,
            segments: settings.segments, segmentDuration: settings.segmentDuration)
        return ShardRow(
            times: windows.starts, valid: windows.valid,
            arrays: [windows.values, windows.waveforms].compactMap { $0?.bytes })
    }

    /// What there is to say about the data of a feature, most telling first.
    private func findings(
        in clip: DecodedClip, _ feature: ExtractedFeature, _ row: ShardRow
    ) -> [Finding] {
        let stream: Finding.Stream = feature == .frames ? .video : .audio
        var findings = clip.findings.filter { $0.stream == nil || $0.stream == stream }
        if let gap = row.valid.firstIndex(of: false) {
            let kind: MediaError.Kind =
                row.valid.contains(true) ? .short : feature == .frames ? .noVideo : .noAudio
            findings.append(
                Finding(kind: kind, stream: stream, reason: "there is nothing in segment \(gap)"))
        }
        if let mismatch = mismatch(in: clip) { findings.append(mismatch) }
        return findings
    }

    private func mismatch(in clip: DecodedClip) -> Finding? {
        guard settings.features.count > 1, let video = clip.videoEnd, let audio = clip.audioEnd
        else { return nil }
        let duration = Double(settings.segments) * settings.segmentDuration
        let ends = [video, audio].map { (min($0, duration) * 1000).rounded() / 1000 }
        guard abs(ends[0] - ends[1]) > Self.tolerableMismatch else { return nil }
        return Finding(
            kind: .avLengthMismatch, stream: nil,
            reason: "the video ends at \(ends[0]) s, the audio at \(ends[1]) s")
    }
}

extension Tensor {
    /// The elements' bytes, little-endian.
    var bytes: [UInt8] { unsafe elements.withUnsafeBytes { unsafe Array($0) } }
}
