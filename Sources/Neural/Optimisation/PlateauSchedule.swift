/// A factor of the learning rate that falls when a figure of val stops to improve.
///
/// After `patience` epochs in a row without improvement the next one multiplies the factor by
/// `reduction`. Better means by more than a share of 10⁻⁴ of the best figure so far. The same as
/// `torch.optim.lr_scheduler.ReduceLROnPlateau` with its other options left alone.
///
/// It is its own state: a checkpoint keeps it as it is.
public struct PlateauSchedule: Sendable, Equatable, Codable {
    /// Whether larger figures are better, as of accuracy, or smaller ones, as of loss.
    public let isMaximised: Bool

    public let patience: Int
    public let reduction: Double
    public let smallestFactor: Double

    /// What the learning rate is multiplied by.
    public private(set) var factor = 1.0

    private var best: Double?
    private var waiting = 0

    public init(
        isMaximised: Bool, patience: Int = 10, reduction: Double = 0.1, smallestFactor: Double = 0
    ) {
        precondition(patience >= 0 && 0..<1 ~= reduction && smallestFactor >= 0)
        (self.isMaximised, self.patience) = (isMaximised, patience)
        (self.reduction, self.smallestFactor) = (reduction, smallestFactor)
    }

    /// Takes note of an epoch's figure.
    public mutating func record(_ figure: Double) {
        if isBetter(figure) {
            best = figure
            waiting = 0
        } else {
            waiting += 1
        }
        if waiting > patience {
            factor = max(factor * reduction, smallestFactor)
            waiting = 0
        }
    }

    private func isBetter(_ figure: Double) -> Bool {
        guard let best else { return !figure.isNaN }
        return isMaximised ? figure > best * (1 + 1e-4) : figure < best * (1 - 1e-4)
    }
}
