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
        let split = plan.split == .train ? train : val
        var batch = spare.take() ?? makeBatch(plan)
        defer { spare = batch }
        if let noise = plan.noise {
            var (own, other) = (split.makeBatch(items: 1), split.makeBatch(items: 1))
            for (place, item) in plan.items.enumerated() {
                let key = key(of: item, noise)
                try split.read(item, at: 0, to: &own, drawing: key)
                if let mixture = mixture(of: item, noise) {
                    try split.read(
                        mixture.other, at: 0, to: &other,
                        drawing: self.key(of: mixture.other, noise))
                    own.mix(with: other, mixture.share)
                }
                own.changeChannels(augmentation, key)
                batch.states.put(own, at: place, dropping: augmentation.tokenDropping, key)
            }
        } else {
            for (place, item) in plan.items.enumerated() {
                try split.read(item, at: place, to: &batch.states)
            }
        }
        standardisation?.apply(to: &batch.states)
        split.writeWords(plan.items, to: &batch.tensors)
        if plan.split == .train {
            try writeTargets(of: &batch, plan)
            batch.numbers = plan.items.map { numbers[$0] }
        }
    }

    /// A batch of a plan's shape that is not filled yet.
    func makeBatch(_ plan: BatchPlan) -> LoadedBatch {
        let split = plan.split == .train ? train : val
        var states = split.makeBatch(items: plan.items.count)
        if plan.noise != nil, augmentation.tokenDropping > 0 {
            for stream in states.streams.streams {
                states.streams[stream]?.dropPatches(augmentation.tokenDropping)
            }
        }
        return LoadedBatch(states: states, tensors: TaskTensors(shapes(plan)))
    }

    /// Shapes of what the task adds to a batch.
    private func shapes(_ plan: BatchPlan) -> [BatchTensor: [Int]] {
        let items = plan.items.count, rows = items * streams.segments
        var shapes: [BatchTensor: [Int]] = [:]
        if let words = task.words { shapes[.words] = [items * task.room, words.length] }
        for (name, table) in targets {
            shapes[name] = [items * (table.labels.first?.count ?? 0), table.classes]
        }
        shapes[.share] = [1]
        guard learnsMatches else { return shapes }
        shapes[.matches] = [2 * rows, 2]
        if let negatives {
            shapes[.negatives] = [rows] + negatives.shape
        } else {
            shapes[.partners] = [rows]
        }
        return shapes
    }

    private func writeTargets(of batch: inout LoadedBatch, _ plan: BatchPlan) throws {
        for (name, table) in targets {
            table.write(
                plan, mixture: { item in plan.noise.flatMap { mixture(of: item, $0) } },
                to: &batch.tensors[name].elements)
        }
        batch.tensors[.share].elements[0] = Float(plan.items.count) / Float(plan.update.count)
        task.write(&batch.tensors, plan, train.samples, items: train.items)
        if let negatives, let draws = plan.draws {
            try negatives.read(plan.items, draws, of: train, to: &batch.tensors[.negatives])
        }
    }

    private func key(of item: Int, _ noise: BatchPlan.Noise) -> NoiseKey {
        NoiseKey(seed: noise.seed, epoch: noise.epoch, sample: train.id(of: item))
    }

    /// What an item is mixed with; nil if with nothing.
    private func mixture(of item: Int, _ noise: BatchPlan.Noise) -> Mixture? {
        guard augmentation.mixup > 0 else { return nil }
        return Mixture(
            alpha: augmentation.mixup, samples: train.items.count, key: key(of: item, noise))
    }
}
