/// The batches of an epoch: for each update, the parts that are computed one after the other.
struct EpochPlan: Sendable {
    let updates: [[BatchPlan]]

    /// The updates of a training's epoch.
    ///
    /// - Parameters:
    ///   - ids: Of the items of train.
    ///   - recipe: Says how many items an update has, and in how many parts.
    ///   - epoch: From 1.
    ///   - source: The number of the data.
    init(ids: [String], _ recipe: TrainingRecipe, epoch: Int, source: Int) {
        let orderSeed = recipe.orderSeed < 0 ? recipe.seed : recipe.orderSeed
        let order = SampleOrder.indices(of: ids, seed: orderSeed, epoch: epoch)
        let noise =
            recipe.augmentation.isNothing
            ? nil : BatchPlan.Noise(seed: recipe.seed, epoch: epoch)
        // Runs of one order share what is drawn, too.
        let draws =
            recipe.negatives == nil ? nil : BatchPlan.Noise(seed: orderSeed, epoch: epoch)
        let count = Self.updates(of: ids.count, recipe)
        updates = Self.pieces(of: order, size: recipe.batch).prefix(count).map { update in
            let size = (update.count + recipe.accumulation - 1) / recipe.accumulation
            return Self.pieces(of: update, size: size).map {
                BatchPlan(
                    items: $0, update: update, noise: noise, draws: draws, source: source)
            }
        }
    }

    /// How many updates an epoch of some items has; a short last one is left out with the quirk of the code
    /// that does so.
    static func updates(of items: Int, _ recipe: TrainingRecipe) -> Int {
        recipe.has(.staysInEvaluation)
            ? max(1, items / recipe.batch) : (items + recipe.batch - 1) / recipe.batch
    }

    /// All items of val in their order, as evaluation goes through them.
    init(judging count: Int, batch: Int, source: Int) {
        updates = Self.pieces(of: Array(0..<count), size: batch).map {
            [BatchPlan(items: $0, update: $0, source: source, split: .val)]
        }
    }

    /// Pieces of `size`, the last perhaps smaller.
    private static func pieces(of items: [Int], size: Int) -> [[Int]] {
        stride(from: 0, to: items.count, by: size).map {
            Array(items[$0..<min($0 + size, items.count)])
        }
    }
}
