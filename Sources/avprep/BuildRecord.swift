import Foundation
import Pipeline
import Storage

/// How a build went, as metrics for Prometheus.
///
/// Format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
struct BuildRecord {
    let job: String

    /// Folder of the cache; nil if it never came to that.
    var cache: String?
    var outcome = Outcome.done

    private(set) var processed = 0
    private(set) var bytes = 0

    init(job: String) { self.job = job }

    mutating func add(_ summary: StageSummary) {
        processed += summary.processed
        bytes += summary.bytes
    }

    /// The build's summary as a script reads it.
    func fields(_ outcome: Outcome) -> [String: JSONValue] {
        [
            "command": "build", "job": .string(job), "processed": .number(Double(processed)),
            "bytes": .number(Double(bytes)), "exit": .number(Double(outcome.rawValue)),
        ]
    }

    /// Replaces a metrics file.
    ///
    /// The time of the latest success is taken over from the file that was there.
    func write(to path: String, started: Date, seconds: Double) throws {
        let isSuccess = outcome == .done || outcome == .someInputsFailed
        let name = "avprep_build_last_success_timestamp_seconds"
        let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let success =
            isSuccess
            ? started.timeIntervalSince1970 + seconds
            : old.split(separator: "\n").last { $0.hasPrefix("\(name){") }
                .flatMap { $0.split(separator: " ").last.flatMap { Double($0) } }

        var text = ""
        func add(_ name: String, _ help: String, _ samples: [([(String, String)], Double)]) {
            guard !samples.isEmpty else { return }
            text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
            for (labels, value) in samples {
                let labels = ([("job_file", job)] + labels)
                    .map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
                text += "\(name){\(labels)} \(Self.number(value))\n"
            }
        }
        if let success {
            add(name, "When the build last did all that could be done.", [([], success)])
        }
        add(
            "avprep_build_last_run_timestamp_seconds", "When the build last ended.",
            [([], started.timeIntervalSince1970 + seconds)])
        add("avprep_build_exit_code", "Its exit status.", [([], Double(outcome.rawValue))])
        add("avprep_build_duration_seconds", "How long it took.", [([], seconds)])
        add("avprep_build_processed_clips", "Clips it worked on.", [([], Double(processed))])
        add("avprep_build_written_bytes", "Bytes of data it wrote.", [([], Double(bytes))])
        let features = features
        add(
            "avprep_clips", "Clips of a feature by state.",
            features.flatMap { feature in
                feature.counts.map { ([("feature", feature.name), ("state", $0)], Double($1)) }
            })
        add(
            "avprep_clips_failed", "Clips of a feature that have no data, by class of failure.",
            features.flatMap { feature in
                feature.failed.sorted { $0.key < $1.key }
                    .map { ([("feature", feature.name), ("class", $0)], Double($1)) }
            })
        try AtomicFile.write(Data(text.utf8), to: path, isLocked: false)
    }

    /// The cache's features as they are now; none if it cannot be read.
    private var features: [FeatureStatus] {
        guard let cache = cache.flatMap({ try? Cache(opening: $0) }) else { return [] }
        return cache.featureNames().compactMap { try? FeatureStatus($0, of: cache, root: nil) }
    }

    /// What stands between the quotes of a label.
    static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

extension FeatureStatus {
    /// Clips by state, in order.
    var counts: [(state: String, clips: Int)] {
        [
            ("done", count { $0 == .done }), ("failed", failed.values.reduce(0, +)),
            ("missing", count { $0 == .missing }), ("partial", partial.values.reduce(0, +)),
            ("stale", stale.values.reduce(0, +)),
        ]
    }
}
