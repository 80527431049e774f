import Foundation

/// The factor of the learning rate at each step.
public struct LearningRateSchedule: Sendable, Equatable {
    private enum Shape: Equatable {
        case constant
        case warmupCosine(warmup: Int, total: Int)
    }

    private let shape: Shape

    /// Always 1.
    public static let constant = LearningRateSchedule(shape: .constant)

    /// A linear rise, then half a cosine down to zero.
    ///
    ///     (s + 1) / warmup                                      for s < warmup
    ///     (1 + cos(π (s − warmup) / (total − warmup))) / 2      for s < total
    ///     0                                                     from then on
    ///
    /// Steps count from 0, so the first is not wasted on a rate of zero, and the highest rate is that
    /// of steps warmup − 1 and warmup.
    ///
    /// - Parameters:
    ///   - warmup: Steps of the rise.
    ///   - total: Steps altogether.
    /// - Returns: The schedule.
    public static func warmupCosine(warmup: Int, total: Int) -> LearningRateSchedule {
        precondition(0 <= warmup && warmup <= total, "\(warmup) steps of warm-up of \(total)")
        return LearningRateSchedule(shape: .warmupCosine(warmup: warmup, total: total))
    }

    /// The factor at a step, in 0...1.
    public func callAsFunction(step: Int) -> Double {
        switch shape {
        case .constant: return 1
        case .warmupCosine(let warmup, let total):
            if step < warmup { return Double(step + 1) / Double(warmup) }
            guard step < total else { return 0 }
            return (1 + cos(.pi * Double(step - warmup) / Double(total - warmup))) / 2
        }
    }
}
