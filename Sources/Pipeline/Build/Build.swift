public import Datasets
import Foundation
import Models
import Storage

/// A job made ready: its data set read, its backbones loaded.
public struct Build: Sendable {
    public let job: Job
    public let dataset: Dataset
    public var extraction: Extraction
    public var encodings: [Encoding]

    /// Makes a job ready; nothing is written.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - dataset: Its data set, as ``Job/dataset()`` reads it.
    ///   - configuration: How much is done at a time, and what is tried again; encoding takes of it
    ///     what it knows.
    /// - Throws: ``Job/Error`` for what the job asks, or the error of a backbone.
    public init(
        _ job: Job, _ dataset: Dataset, _ configuration: Extraction.Configuration
    ) throws {
        self.job = job
        self.dataset = dataset
        var configuration = configuration
        configuration.root = job.root
        extraction = Extraction(
            dataset, try job.settings(for: dataset), cache: job.cache, configuration)
        encodings = try job.encode.map { entry in
            let backbone = try BackboneCatalog.load(
                entry.backbone, reading: entry.stream.kind, compute: entry.compute)
            var encoding = Encoding.Configuration(
                stream: entry.stream, layers: entry.layers, tokens: entry.tokens)
            encoding.numberType = entry.numberType
            encoding.jobs = configuration.jobs
            encoding.share = configuration.share
            encoding.lock = configuration.lock
            encoding.isOutOfTime = configuration.isOutOfTime
            return Encoding(backbone, cache: job.cache, encoding)
        }
        for case let feature? in encodings.map(\.configuration.stream.extracted)
        where !extraction.settings.features.contains(feature) {
            throw Job.Error(
                .invalid, job.path,
                "encode reads \(feature.rawValue), which extract.features leaves out")
        }
        if encodings.contains(where: { $0.rows == .texts }),
            !dataset.samples.contains(where: { $0.text != nil })
        {
            throw Job.Error(
                .invalid, job.path, "encode reads texts, which no sample of \(dataset.name) has")
        }
        let names = encodings.map(\.featureName)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw Job.Error(
                .invalid, job.path, "encode makes \(twice) twice; list its layers in one entry")
        }
    }

    /// What each stage would do.
    ///
    /// - Throws: ``StorageError`` if there is a cache that cannot be read, or one of other samples.
    public func plan() throws -> [StagePlan] {
        let upstream = try ExtractionPlan(extraction, cache: job.cache)
        return try [extraction.stagePlan(upstream)]
            + encodings.map { try $0.plan(of: dataset, after: extraction, upstream) }
    }
}
