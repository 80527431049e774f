import Models

extension TrainingRecipe {
    /// What is wrong with the values; nil if nothing is.
    var defect: String? {
        for (name, value) in counts where !(1...1_000_000 ~= value) {
            return "\(name) is \(value); it must lie in 1…1000000"
        }
        if seed < 0 { return "seed is \(seed); it must not be negative" }
        if orderSeed < -1 { return "orderSeed is \(orderSeed); it must be −1 or more" }
        if accumulation > batch {
            return "accumulation is \(accumulation); a batch of \(batch) has no more parts"
        }
        for (name, value) in positives where !(value > 0 && value.isFinite) {
            return "\(name) is \(value); it must be positive"
        }
        for (name, value) in amounts where !(value >= 0 && value.isFinite) {
            return "\(name) is \(value); it must not be negative"
        }
        for (name, value) in shares where !(0...1 ~= value) {
            return "\(name) is \(value); it must lie in 0…1"
        }
        for (name, value) in properShares where !(0..<1 ~= value) {
            return "\(name) is \(value); it must lie in 0…1, 1 excluded"
        }
        if schedule.name == .plateau, schedule.factor >= 1 {
            return "schedule.factor is \(schedule.factor); plateau needs one below 1"
        }
        let milestones = schedule.milestones
        if (schedule.name == .milestones) == milestones.isEmpty {
            return
                "schedule.name is \(schedule.name.rawValue) and schedule.milestones \(milestones); the one "
                + "needs the other"
        }
        if milestones != Set(milestones.filter { $0 > 0 }).sorted() {
            return "schedule.milestones is \(milestones); it must list numbers of epochs, ascending"
        }
        if augmentation.tokenDropping > 0, placement.name != "ladder" {
            return "augmentation.tokenDropping leaves out patches that a ladder reads; placement "
                + "\(placement.name) needs all tokens"
        }
        if augmentation.mixup > 0, !features.text.isEmpty {
            return "augmentation.mixup mixes states token by token, and texts differ in length"
        }
        if optimizer.nesterov, optimizer.name != .sgd || optimizer.momentum == 0 {
            return "optimizer.nesterov needs optimizer.name sgd and a momentum"
        }
        return taskDefect
    }

    private var counts: [(String, Int)] {
        [
            ("batch", batch), ("accumulation", accumulation), ("epochs", epochs),
            ("patience", patience), ("head.hidden", head.hidden),
            ("questionsPerClip", questionsPerClip),
            ("schedule.every", schedule.every), ("schedule.patience", schedule.patience),
        ]
    }

    private var positives: [(String, Double)] {
        [
            ("optimizer.learningRate", optimizer.learningRate),
            ("optimizer.headLearningRate", optimizer.headLearningRate),
            ("optimizer.layerDecay", optimizer.layerDecay),
            ("optimizer.epsilon", optimizer.epsilon), ("schedule.factor", schedule.factor),
        ]
    }

    private var amounts: [(String, Double)] {
        [
            ("minimumGain", minimumGain), ("head.matchWeight", head.matchWeight),
            ("optimizer.weightDecay", optimizer.weightDecay),
            ("optimizer.clip", optimizer.clip), ("augmentation.mixup", augmentation.mixup),
            ("augmentation.channelScale", augmentation.channelScale),
            ("augmentation.channelShift", augmentation.channelShift),
        ]
    }

    private var shares: [(String, Double)] { [("schedule.warmup", schedule.warmup)] }

    private var properShares: [(String, Double)] {
        [
            ("optimizer.beta1", optimizer.beta1), ("optimizer.beta2", optimizer.beta2),
            ("optimizer.momentum", optimizer.momentum), ("averaging.decay", averaging.decay),
            ("loss.labelSmoothing", loss.labelSmoothing),
            ("augmentation.tokenDropping", augmentation.tokenDropping),
        ]
    }

    /// Why a cache does not allow an augmentation that other trainers have; nil if `name` is none.
    static func impossibleAugmentation(_ name: String) -> String? {
        let words = name.lowercased().filter(\.isLetter)
        let online = [
            "crop", "flip", "jitter", "color", "colour", "erasing", "cutout", "cutmix", "rotat",
            "blur",
            "specaugment", "masking", "pitch", "stretch", "solarize", "solarise", "randaugment",
        ]
        guard online.contains(where: words.contains) else { return nil }
        return
            "augmentation.\(name) would change what the frozen backbone reads, and its states are "
            + "cached; make another cache of changed input and list it in augmentation.views instead"
    }
}
