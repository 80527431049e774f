import Datasets
import Foundation
import Models
import Neural
public import Storage
import Tensors

/// Trains a recipe's model on cached states, selecting on val; test is never looked at.
///
/// Order is a function of seed and epoch, work is cut into pieces of fixed size, and nothing depends
/// on the clock: the same recipe, seed and cache give the same bytes for any number of threads.
public struct Trainer {
    /// What a training reports.
    public enum Event: Sendable {
        case started(RunFolder.Record, train: Int, val: Int)
        case stepped(step: Int, of: Int, loss: Double)
        case finishedEpoch(RunFolder.Epoch, isBest: Bool)
    }

    /// How a training has ended.
    public struct Result: Sendable {
        public let bestEpoch: Int
        public let bestAccuracy: Double
        public let wasCancelled: Bool
    }

    let recipe: TrainingRecipe
    let run: RunFolder
    private let pool: WorkerPool

    private let train: CachedSamples
    private let val: CachedSamples
    let model: EventModel
    let optimizer: AdamW
    let record: RunFolder.Record
    let base: BaseModels

    /// Prepares a training.
    ///
    /// Clips in `absent` are left out.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if the cache does not have what the recipe needs,
    ///   of kind `recipe` if the recipe's parts do not fit together.
    public init(
        _ recipe: TrainingRecipe, cache: Cache, run: String, leavingOut absent: Set<String>,
        threads: Int
    ) throws {
        let operation = "train on cache \(cache.path)"
        self.recipe = recipe
        self.run = RunFolder(run)
        pool = WorkerPool(threads: threads)
        let streams = try StreamSet(cache, recipe, operation: operation)
        let classes = cache.description.vocabulary.count + 1
        model = try EventModel(recipe, streams: streams, classes: classes)
        train = try CachedSamples(
            cache, split: "train", streams: streams, leavingOut: absent, operation: operation)
        val = try CachedSamples(
            cache, split: "val", streams: streams, leavingOut: absent, operation: operation)
        optimizer = Self.optimizer(recipe.optimizer, model)
        func count(_ module: any Module) -> Int {
            module.parameters.map(\.value.count).reduce(0, +)
        }
        record = RunFolder.Record(
            dataset: cache.description.dataset, samples: cache.description.samples,
            features: streams.fingerprints,
            vocabulary: cache.description.vocabulary,
            leftOut: Set((train.leftOut + val.leftOut).map(\.clip)).sorted(),
            paddedSegments: train.paddedSegments + val.paddedSegments,
            title: streams.declaration.title(of: recipe.method.name),
            methodParameters: count(model.method), headParameters: count(model.head),
            environment: NumericEnvironment.current.description)
        base = try BaseModels(of: cache, recipe)
    }

    /// Matrices decay, other parameters do not; the head has a rate of its own.
    private static func optimizer(
        _ settings: TrainingRecipe.Optimizer, _ model: EventModel
    ) -> AdamW {
        func groups(_ module: any Module, rate: Double) -> [ParameterGroup] {
            let matrices = module.parameters.filter { $0.value.shape.count >= 2 }
            let others = module.parameters.filter { $0.value.shape.count < 2 }
            return [
                ParameterGroup(matrices, learningRate: rate, weightDecay: settings.weightDecay),
                ParameterGroup(others, learningRate: rate),
            ]
        }
        return AdamW(
            groups(model.method, rate: settings.learningRate)
                + groups(model.head, rate: settings.headLearningRate))
    }

    /// Trains to the end, or until val has not improved for as long as the recipe's patience.
    ///
    /// - Parameters:
    ///   - resuming: Whether to go on from the folder's last checkpoint.
    ///   - isCancelled: Asked before each step; the last checkpoint is that of the last whole epoch.
    ///   - report: Called after each step and each epoch.
    /// - Returns: The best epoch, whose checkpoint is kept.
    /// - Throws: ``TrainingError`` if the loss is not finite, or the folder holds another run.
    public func train(
        resuming: Bool, isCancelled: () -> Bool, report: (Event) -> Void
    ) throws -> Result {
        report(.started(record, train: train.samples.count, val: val.samples.count))
        try AtomicFile.createFolder(run.path)
        let lock = try FolderLock(folder: run.path, part: nil, command: "avprep train")
        defer { withExtendedLifetime(lock) {} }
        var epochs = try begin(resuming: resuming)
        let standardisation: Standardisation?
        if !epochs.isEmpty {
            standardisation = try restore()
        } else {
            standardisation = recipe.head.standardise ? try Standardisation(of: train) : nil
        }
        var best = epochs.max {
            $0.accuracy < $1.accuracy || ($0.accuracy == $1.accuracy && $0.epoch > $1.epoch)
        }
        let stepsPerEpoch = (train.samples.count + recipe.batch - 1) / recipe.batch
        let log = try MetricLog(
            run: run.path, through: epochs.last?.step ?? 0,
            title: "\(record.dataset), \(recipe.method.name), seed \(recipe.seed)")
        let total = recipe.epochs * stepsPerEpoch
        let schedule = LearningRateSchedule.warmupCosine(
            warmup: Int((recipe.optimizer.warmup * Double(total)).rounded()), total: total)

        while epochs.count < recipe.epochs, epochs.count - (best?.epoch ?? 0) < recipe.patience {
            let epoch = epochs.count + 1
            let order = train.samples.indices.shuffled(seed: recipe.seed, epoch: epoch)
            let start = Date()
            var loss = 0.0
            for step in 0..<stepsPerEpoch {
                guard !isCancelled() else { return result(best, wasCancelled: true) }
                let indices = Array(
                    order[step * recipe.batch..<min((step + 1) * recipe.batch, order.count)])
                let number = epochs.count * stepsPerEpoch + step
                let value = try takeStep(
                    indices, standardisation, factor: schedule(step: number), number: number)
                loss += value * Double(indices.count) / Double(order.count)
                report(.stepped(step: number + 1, of: total, loss: value))
            }
            let seconds = Date().timeIntervalSince(start)
            let accuracy = try measure(val, standardisation).value
            let line = RunFolder.Epoch(
                epoch: epoch, step: epoch * stepsPerEpoch, loss: loss, accuracy: accuracy)
            epochs.append(line)
            let isBest = accuracy > best?.accuracy ?? -1
            if isBest { best = line }
            try log.add(
                MetricPoint(line, samplesPerSecond: Double(order.count) / seconds, at: Date()))
            try save(epochs, log, standardisation, isBest: isBest)
            report(.finishedEpoch(line, isBest: isBest))
        }
        return result(best, wasCancelled: false)
    }

    private func result(_ best: RunFolder.Epoch?, wasCancelled: Bool) -> Result {
        Result(
            bestEpoch: best?.epoch ?? 0, bestAccuracy: best?.accuracy ?? 0,
            wasCancelled: wasCancelled)
    }

    /// One update; returns the loss before it.
    private func takeStep(
        _ indices: [Int], _ standardisation: Standardisation?, factor: Double, number: Int
    ) throws -> Double {
        let batch = try train.batch(indices, standardisation)
        optimizer.zeroGradients()
        let loss = withTape(pool: pool) { tape in
            let loss = model(batch, on: tape).softmaxCrossEntropy(targets: batch.labels)
            tape.backward(from: loss)
            return Double(loss.value.elements[0])
        }
        let norm = clipGradientNorm(optimizer.parameters, maximum: recipe.optimizer.clip)
        guard loss.isFinite, norm.isFinite else {
            let samples = indices.map { train.samples[$0].id }.joined(separator: ", ")
            throw TrainingError(
                .failed, "take step \(number + 1)",
                "the \(loss.isFinite ? "gradient" : "loss") is not finite, with samples \(samples); "
                    + "the last checkpoint is that of the epoch before")
        }
        optimizer.step(factor: factor)
        return loss
    }

    private func measure(
        _ samples: CachedSamples, _ standardisation: Standardisation?
    ) throws -> SegmentAccuracy {
        try Evaluation.accuracy(
            of: model, on: samples, standardisation, batch: recipe.batch, pool: pool)
    }
}

extension Range<Int> {
    /// The numbers in an order that depends on seed and epoch alone.
    func shuffled(seed: Int, epoch: Int) -> [Int] {
        var generator = SplitMix64(seed: UInt64(seed) &* 0x9E37_79B9 &+ UInt64(epoch))
        return shuffled(using: &generator)
    }
}
