import Foundation
import Models
import Neural
import Tensors

/// Changes parameters as a recipe says: optimiser, schedule of the rate, clipping, and running means.
final class Updater {
    private let recipe: TrainingRecipe
    private let optimizer: any Optimizer
    private let schedule: LearningRateSchedule
    private var plateau: PlateauSchedule?

    /// What is evaluated in place of the parameters; nil if these are.
    let averages: ExponentialMovingAverage?

    /// - Parameters:
    ///   - recipe: Of the run.
    ///   - method: Parameters of the method by layer, lowest first.
    ///   - head: Those of the head.
    ///   - updatesPerEpoch: Of the run's data.
    init(
        _ recipe: TrainingRecipe, method: [[Parameter]], head: [Parameter], updatesPerEpoch: Int
    ) {
        self.recipe = recipe
        let groups = Self.groups(recipe, method: method, head: head), settings = recipe.optimizer
        optimizer =
            switch settings.name {
            case .adamw:
                AdamW(
                    groups, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon)
            case .adam:
                Adam(
                    groups, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon)
            case .sgd:
                SGD(groups, momentum: settings.momentum, isNesterov: settings.nesterov)
            }
        schedule = Self.schedule(recipe, updatesPerEpoch: updatesPerEpoch)
        if recipe.schedule.name == .plateau {
            plateau = PlateauSchedule(
                isMaximised: true, patience: recipe.schedule.patience,
                reduction: recipe.schedule.factor)
        }
        averages =
            recipe.averaging.decay > 0
            ? ExponentialMovingAverage(method.flatMap(\.self) + head, decay: recipe.averaging.decay)
            : nil
    }

    /// Matrices decay, other parameters do not; the head has a rate of its own.
    private static func groups(
        _ recipe: TrainingRecipe, method: [[Parameter]], head: [Parameter]
    ) -> [ParameterGroup] {
        let settings = recipe.optimizer
        let headRate =
            recipe.has(.headAtMethodRate) ? settings.learningRate : settings.headLearningRate
        if recipe.has(.singleParameterGroup) {
            return ParameterGroup.decayingMatrices(
                of: method.flatMap(\.self) + head, learningRate: headRate,
                weightDecay: settings.weightDecay)
        }
        return ParameterGroup.layerwise(
            method, learningRate: settings.learningRate,
            layerDecay: settings.layerDecay, weightDecay: settings.weightDecay)
            + ParameterGroup.decayingMatrices(
                of: head, learningRate: headRate,
                weightDecay: settings.weightDecay)
    }

    private static func schedule(
        _ recipe: TrainingRecipe, updatesPerEpoch: Int
    ) -> LearningRateSchedule {
        let total = recipe.epochs * updatesPerEpoch
        let warmup = Int((recipe.schedule.warmup * Double(total)).rounded())
        return switch recipe.schedule.name {
        case .cosine: .warmupCosine(warmup: warmup, total: total)
        case .linear: .warmupLinear(warmup: warmup, total: total)
        case .constant, .plateau: .warmupConstant(warmup: warmup)
        case .step:
            .steps(
                every: recipe.schedule.every * updatesPerEpoch, factor: recipe.schedule.factor,
                warmup: warmup)
        case .milestones:
            .milestones(
                recipe.schedule.milestones.map { $0 * updatesPerEpoch },
                factor: recipe.schedule.factor, warmup: warmup)
        }
    }

    /// How many tensors of a parameter's shape are remembered for it.
    var tensorsPerParameter: Int {
        (recipe.optimizer.name == .sgd ? 1 : 2) + (averages == nil ? 0 : 1)
    }

    /// What all rates are multiplied by at an update, counted from 0 through the run.
    func factor(update: Int) -> Double { schedule(step: update) * (plateau?.factor ?? 1) }

    /// Makes an update from the gradients, which are zero afterwards.
    ///
    /// Two quirks of published loops are here: with `opt.extra_step(k)` every kth update of an epoch and the
    /// last one step twice, with `opt.discard_grads(k)` all others do not step.
    ///
    /// - Parameters:
    ///   - number: Of the update, from 0 through the run.
    ///   - place: The same from 0 through the epoch.
    ///   - isLast: Whether it is the last of its epoch.
    /// - Returns: What is not finite, the gradient or a parameter after the update; nil if all is well.
    func update(_ number: Int, inEpoch place: Int, isLast: Bool) -> String? {
        let clip = recipe.optimizer.clip
        let norm = clipGradientNorm(
            optimizer.parameters, maximum: clip > 0 ? clip : .infinity)
        guard norm.isFinite else { return "gradient" }
        for _ in 0..<steps(place, isLast: isLast) {
            optimizer.step(factor: factor(update: number))
        }
        optimizer.zeroGradients()
        averages?.update()
        let isFinite = optimizer.parameters.allSatisfy { parameter in
            parameter.value.elements.allSatisfy(\.isFinite)
        }
        return isFinite ? nil : "parameter after the update"
    }

    /// How many steps an update makes.
    private func steps(_ place: Int, isLast: Bool) -> Int {
        for quirk in recipe.quirks {
            let isChosen = isLast || (place + 1).isMultiple(of: quirk.every)
            switch quirk.kind {
            case .extraStep: return isChosen ? 2 : 1
            case .discardedGradients: return isChosen ? 1 : 0
            default: continue
            }
        }
        return 1
    }

    /// Takes note of a result on val.
    func note(accuracy: Double) { plateau?.record(accuracy) }

    /// What the names of its tensors in a checkpoint begin with.
    static let prefixes = ["optimizer.", "averaging."]

    /// What a checkpoint must hold beside the parameters.
    var state: State {
        State(
            tensors: optimizer.state.map { ("optimizer.\($0.name)", $0.value) }
                + (averages?.state ?? []).map { ("averaging.\($0.name)", $0.value) },
            plateau: plateau)
    }

    struct State {
        var tensors: [(name: String, value: Tensor)]
        var plateau: PlateauSchedule?
    }

    /// Continues from a state; updates thereafter give the same bits.
    ///
    /// - Throws: `OptimizerStateError` if it does not fit.
    func restore(_ state: State) throws {
        func tensors(_ prefix: String) -> [(name: String, value: Tensor)] {
            state.tensors.filter { $0.name.hasPrefix(prefix) }
                .map { (String($0.name.dropFirst(prefix.count)), $0.value) }
        }
        try optimizer.restore(tensors("optimizer."))
        try averages?.restore(tensors("averaging."))
        plateau = state.plateau
    }
}
