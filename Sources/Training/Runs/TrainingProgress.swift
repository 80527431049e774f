/// Where a training is: what the next step depends on beside parameters and optimiser.
struct TrainingProgress: Codable, Equatable {
    /// What the finished epochs came to.
    var epochs: [RunFolder.Epoch] = []

    /// Updates of the epoch after these that have been made.
    var updates = 0

    /// Sum of the losses of these updates, each weighted by its share of the epoch.
    var loss = 0.0

    /// The epoch that is under way, from 1.
    var epoch: Int { epochs.count + 1 }

    /// The epoch of the best result on val, the first of equal ones; nil before the first is finished.
    func best(minimumGain: Double) -> RunFolder.Epoch? {
        var best: RunFolder.Epoch?
        for epoch in epochs where epoch.accuracy > (best.map { $0.accuracy + minimumGain } ?? -1) {
            best = epoch
        }
        return best
    }
}
