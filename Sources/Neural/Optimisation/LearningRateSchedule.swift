import Foundation

/// The factor of the learning rate at each step, as a function of the step alone.
///
/// Steps count from 0. With a warm-up, the factor rises as (s + 1) / warmup for s < warmup, so that
/// the first step is not wasted on a rate of zero; what follows counts its steps from there.
public struct LearningRateSchedule: Sendable, Equatable {
    private enum Shape: Equatable {
        case constant
        case cosine(Int)
        case linear(Int)
        case steps(Int, factor: Double)
        case milestones([Int], factor: Double)
    }

    private let warmup: Int
    private let shape: Shape

    private init(warmup: Int, _ shape: Shape) {
        precondition(warmup >= 0, "\(warmup) steps of warm-up")
        (self.warmup, self.shape) = (warmup, shape)
    }

    /// Always 1.
    public static let constant = LearningRateSchedule(warmup: 0, .constant)

    /// A linear rise, then 1.
    public static func warmupConstant(warmup: Int) -> LearningRateSchedule {
        LearningRateSchedule(warmup: warmup, .constant)
    }

    /// A linear rise, then half a cosine down to zero.
    ///
    ///     (1 + cos(π (s − warmup) / (total − warmup))) / 2      for s < total, and 0 from then on
    ///
    /// - Parameters:
    ///   - warmup: Steps of the rise.
    ///   - total: Steps altogether.
    /// - Returns: The schedule.
    public static func warmupCosine(warmup: Int, total: Int) -> LearningRateSchedule {
        precondition(warmup <= total, "\(warmup) steps of warm-up of \(total)")
        return LearningRateSchedule(warmup: warmup, .cosine(total - warmup))
    }

    /// A linear rise, then a straight line down to zero.
    ///
    ///     1 − (s − warmup) / (total − warmup)                   for s < total, and 0 from then on
    ///
    /// - Parameters:
    ///   - warmup: Steps of the rise.
    ///   - total: Steps altogether.
    /// - Returns: The schedule.
    public static func warmupLinear(warmup: Int, total: Int) -> LearningRateSchedule {
        precondition(warmup <= total, "\(warmup) steps of warm-up of \(total)")
        return LearningRateSchedule(warmup: warmup, .linear(total - warmup))
    }

    /// A linear rise, then 1, multiplied by `factor` after each `every` steps, as
    /// `torch.optim.lr_scheduler.StepLR` has it.
    ///
    /// - Parameters:
    ///   - every: Steps from one reduction to the next.
    ///   - factor: γ.
    ///   - warmup: Steps of the rise.
    /// - Returns: The schedule.
    public static func steps(
        every: Int, factor: Double, warmup: Int = 0
    ) -> LearningRateSchedule {
        precondition(every > 0 && factor > 0, "a factor of \(factor) every \(every) steps")
        return LearningRateSchedule(warmup: warmup, .steps(every, factor: factor))
    }

    /// A linear rise, then 1, multiplied by `factor` at each of some steps, as
    /// `torch.optim.lr_scheduler.MultiStepLR` has it.
    ///
    /// - Parameters:
    ///   - milestones: Those steps, ascending.
    ///   - factor: γ.
    ///   - warmup: Steps of the rise.
    /// - Returns: The schedule.
    public static func milestones(
        _ milestones: [Int], factor: Double, warmup: Int = 0
    ) -> LearningRateSchedule {
        precondition(factor > 0, "a factor of \(factor)")
        return LearningRateSchedule(warmup: warmup, .milestones(milestones, factor: factor))
    }

    /// The factor at a step, in 0...1 unless a step's factor is above 1.
    public func callAsFunction(step: Int) -> Double {
        if step < warmup { return Double(step + 1) / Double(warmup) }
        let step = step - warmup
        switch shape {
        case .constant: return 1
        case .cosine(let total):
            return step < total ? (1 + cos(.pi * Double(step) / Double(total))) / 2 : 0
        case .linear(let total): return step < total ? 1 - Double(step) / Double(total) : 0
        case .steps(let every, let factor): return pow(factor, Double(step / every))
        case .milestones(let milestones, let factor):
            return pow(factor, Double(milestones.count { $0 <= step }))
        }
    }
}
