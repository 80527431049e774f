import Datasets
import Models
import Neural
import Tensors

extension TrainingData {
    /// Loads the batch of a plan, augmented as that says; of train with its targets.
    ///
    /// - Parameters:
    ///   - plan: Which samples it has.
    ///   - spare: A batch of the plan's shape that is done with, which is filled again; one is made if there
    ///     is none.
    /// - Throws: `StorageError` if the cache cannot be read.
    func load(_ plan: BatchPlan, to spare: inout LoadedBatch?) throws {
        let samples = plan.split == .train ? train : val
        var batch = spare.take() ?? makeBatch(plan)
        defer { spare = batch }
        if let noise = plan.noise {
            var (own, other) = (samples.makeBatch(samples: 1), samples.makeBatch(samples: 1))
            for (place, sample) in plan.samples.enumerated() {
                let key = key(of: sample, noise)
                try samples.read(sample, at: 0, to: &own, drawing: key)
                if let mixture = mixture(of: sample, noise) {
                    try samples.read(
                        mixture.other, at: 0, to: &other,
                        drawing: self.key(of: mixture.other, noise))
                    own.mix(with: other, mixture.share)
                }
                own.changeChannels(augmentation, key)
                batch.states.put(own, at: place, dropping: augmentation.tokenDropping, key)
            }
        } else {
            for (place, sample) in plan.samples.enumerated() {
                try samples.read(sample, at: place, to: &batch.states)
            }
        }
        standardisation?.apply(to: &batch.states)
        if plan.split == .train {
            setTargets(of: &batch, plan)
            batch.numbers = plan.samples.map { numbers[$0] }
        }
    }

    /// A batch of a plan's shape that is not filled yet.
    func makeBatch(_ plan: BatchPlan) -> LoadedBatch {
        let samples = plan.split == .train ? train : val
        var states = samples.makeBatch(samples: plan.samples.count)
        if plan.noise != nil, augmentation.tokenDropping > 0 {
            for stream in states.streams.streams {
                states.streams[stream]?.dropPatches(augmentation.tokenDropping)
            }
        }
        let rows = plan.samples.map { samples.labels[$0].count }.reduce(0, +)
        return LoadedBatch(states: states, targets: Tensor(shape: [rows, classes]))
    }

    private func setTargets(of batch: inout LoadedBatch, _ plan: BatchPlan) {
        targets.write(
            plan, mixture: { sample in plan.noise.flatMap { mixture(of: sample, $0) } },
            to: &batch.targets.elements)
    }

    private func key(of sample: Int, _ noise: BatchPlan.Noise) -> NoiseKey {
        NoiseKey(seed: noise.seed, epoch: noise.epoch, sample: train.samples[sample].id)
    }

    /// What a sample is mixed with; nil if with nothing.
    private func mixture(of sample: Int, _ noise: BatchPlan.Noise) -> Mixture? {
        guard augmentation.mixup > 0 else { return nil }
        return Mixture(
            alpha: augmentation.mixup, samples: train.samples.count, key: key(of: sample, noise))
    }
}
