import Datasets
import Media
import Storage

/// The first message to a worker is ``ExtractionSettings``; it answers with this when it is ready.
struct WorkerGreeting: Codable {
    /// Process id of the worker.
    let id: Int32
}

/// What a worker is to do next.
struct WorkerRequest: Codable {
    let id: String
    let path: String
    let start: Double
    let end: Double?
    let features: Set<ExtractedFeature>

    init(_ clip: Clip, _ features: Set<ExtractedFeature>) {
        id = clip.id
        path = clip.path
        start = clip.start
        end = clip.end
        self.features = features
    }

    var clip: Clip { Clip(id: id, path: path, start: start, end: end) }
}

/// What became of a clip; the rows of its features follow, in their order.
struct WorkerReport: Codable {
    let source: SourceStamp?
    let rows: Set<ExtractedFeature>
    let failures: [ExtractedFeature: ClipFailure]
    let warnings: [String]

    /// The worker ends after this clip.
    let isLast: Bool

    init(_ outcome: ClipOutcome) {
        source = outcome.source
        rows = Set(outcome.rows.keys)
        failures = outcome.failures
        warnings = outcome.warnings
        isLast = outcome.isLastOfWorker
    }
}

extension WorkerSocket {
    /// Sends what became of a clip.
    func send(_ outcome: ClipOutcome) throws(Failure) {
        try send(WorkerReport(outcome))
        for feature in ExtractedFeature.allCases {
            guard let row = outcome.rows[feature] else { continue }
            try send(bytes: row.times.flatMap(\.bitPattern.littleEndianBytes))
            try send(bytes: row.valid.map { $0 ? 1 : 0 })
            for array in row.arrays { try send(bytes: array) }
        }
    }

    /// Receives what became of a clip.
    ///
    /// The worker may be in the hands of the file that it reads. Sizes are those of the settings,
    /// whatever it says, and names those of the request.
    func receive(
        _ request: WorkerRequest, _ settings: ExtractionSettings, _ patience: Patience
    ) throws(Failure) -> ClipOutcome {
        let report = try receive(WorkerReport.self, patience)
        guard
            report.rows.isSubset(of: request.features),
            report.rows.isEmpty || report.source != nil,
            report.source?.path ?? request.path == request.path,
            Set(report.failures.keys).isSubset(of: request.features),
            report.failures.allSatisfy({ feature, failure in
                failure.clip == request.id && failure.isPartial == report.rows.contains(feature)
                    && MediaError.Kind(rawValue: failure.outcome) != nil
            }),
            request.features.allSatisfy({ report.rows.contains($0) || report.failures[$0] != nil })
        else { throw .malformed }
        var outcome = ClipOutcome(
            clip: request.id, path: request.path, tried: request.features)
        outcome.source = report.source
        outcome.failures = report.failures
        outcome.warnings = report.warnings
        outcome.isLastOfWorker = report.isLast
        for feature in ExtractedFeature.allCases where report.rows.contains(feature) {
            outcome.rows[feature] = try row(of: feature, settings, patience)
        }
        return outcome
    }

    private func row(
        of feature: ExtractedFeature, _ settings: ExtractionSettings, _ patience: Patience
    ) throws(Failure) -> ShardRow {
        let count = settings.count(of: feature)
        let times = try receive(8 * count, patience)
        let valid = try receive(count, patience)
        guard valid.allSatisfy({ $0 <= 1 }) else { throw .malformed }
        var arrays: [[UInt8]] = []
        for array in settings.arrays(of: feature) {
            arrays.append(try receive(array.rowSize, patience))
        }
        return ShardRow(
            times: (0..<count).map { index in
                let bits = times[8 * index..<8 * index + 8].reversed()
                return Double(bitPattern: bits.reduce(0) { $0 << 8 | UInt64($1) })
            }, valid: valid.map { $0 == 1 }, arrays: arrays)
    }
}

extension UInt64 {
    fileprivate var littleEndianBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
    }
}
