import Datasets
import Foundation
import Media
import Storage
import Tensors

/// What became of one clip.
struct ClipOutcome: Sendable {
    let clip: String

    /// The file as it was read; nil if there was nothing to read.
    var source: SourceStamp?

    /// Data of each feature that was wanted and could be had.
    var rows: [ExtractedFeature: ShardRow] = [:]

    /// Features that were wanted and are absent, or not complete.
    var failures: [ExtractedFeature: ClipFailure] = [:]

    var warnings: [String] = []

    /// Features that were tried.
    let tried: Set<ExtractedFeature>

    /// Each failure once, with the features that have it.
    var distinctFailures: [(failure: ClipFailure, features: [ExtractedFeature])] {
        var distinct: [(failure: ClipFailure, features: [ExtractedFeature])] = []
        for feature in ExtractedFeature.allCases {
            guard let failure = failures[feature] else { continue }
            if let same = distinct.firstIndex(where: { $0.failure == failure }) {
                distinct[same].features.append(feature)
            } else {
                distinct.append((failure, [feature]))
            }
        }
        return distinct
    }
}

/// Decodes one clip into the rows of both features.
struct ClipExtractor: Sendable {
    private let settings: ExtractionSettings
    private let logMel: LogMelExtractor

    init(_ settings: ExtractionSettings) {
        self.settings = settings
        logMel = LogMelExtractor(settings.logMel)
    }

    func extract(_ clip: Clip, _ features: Set<ExtractedFeature>) -> ClipOutcome {
        let path = clip.path
        var outcome = ClipOutcome(clip: clip.id, tried: features)
        let stamp = FileStamp(path)
        func failure(_ kind: String, _ message: String, isPartial: Bool) -> ClipFailure {
            ClipFailure(
                clip: clip.id, outcome: kind, message: message, isPartial: isPartial,
                size: stamp?.size, modified: stamp?.modified)
        }
        do {
            let decoded = try ClipDecoder.decode(path, settings.request(start: clip.start))
            guard let stamp else {
                throw MediaError(.missing, "decode \(path)", reason: "it vanished")
            }
            outcome.source = SourceStamp(
                path: path, size: stamp.size, modified: stamp.modified,
                hash: try XXH3.hash(fileAt: path))
            for feature in features {
                let row = feature == .frames ? frames(of: decoded) : windows(of: decoded)
                outcome.rows[feature] = row
                if let (kind, reason) = defect(of: decoded, feature, row) {
                    outcome.failures[feature] = failure(
                        kind.rawValue, "cannot take all \(feature.rawValue) of \(path): \(reason)",
                        isPartial: true)
                }
            }
            if let silent = decoded.findings.first(where: { $0.kind == .silent }) {
                outcome.warnings.append("\(path) is silent: \(silent.reason)")
            }
        } catch {
            let kind = (error as? MediaError)?.kind ?? .unreadable
            for feature in features {
                outcome.failures[feature] = failure(kind.rawValue, "\(error)", isPartial: false)
            }
        }
        return outcome
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
            times: windows.starts, valid: windows.valid, arrays: [windows.values.bytes])
    }

    /// What keeps a feature from being complete, if anything does.
    private func defect(
        of clip: DecodedClip, _ feature: ExtractedFeature, _ row: ShardRow
    ) -> (kind: MediaError.Kind, reason: String)? {
        let findings = clip.findings.filter {
            $0.kind != .silent && $0.stream != (feature == .frames ? .audio : .video)
        }
        if let finding = findings.first { return (finding.kind, finding.reason) }
        guard let gap = row.valid.firstIndex(of: false) else { return nil }
        let kind: MediaError.Kind =
            row.valid.contains(true) ? .short : feature == .frames ? .noVideo : .noAudio
        return (kind, "there is nothing in segment \(gap)")
    }
}

extension Tensor {
    /// The elements' bytes, little-endian.
    var bytes: [UInt8] { unsafe elements.withUnsafeBytes { unsafe Array($0) } }
}
