import Foundation
import Tensors
import Testing

@testable import Training

/// Targets of the cross-entropy, against sums written out.
@Suite struct TargetTableTests {
    private let labels = [[0, 1, 2], [2, 2, 0], [1, 1, 1]]

    private func table(_ change: (inout TrainingRecipe.Loss) -> Void) -> TargetTable {
        var loss = TrainingRecipe.Loss()
        change(&loss)
        return TargetTable(labels, classes: 3, loss)
    }

    private func targets(
        _ table: TargetTable, _ samples: [Int], of update: [Int],
        mixture: (Int) -> Mixture? = { _ in nil }
    ) -> [Float] {
        var targets = Array(repeating: Float(9), count: samples.count * 9)
        table.write(BatchPlan(items: samples, update: update), mixture: mixture, to: &targets)
        return targets
    }

    @Test func partsAddUpToTheUpdate() {
        let table = table {
            $0.labelSmoothing = 0.3; $0.classWeights = .balanced
        }
        let whole = targets(table, [2, 0, 1], of: [2, 0, 1])
        let parts = targets(table, [2], of: [2, 0, 1]) + targets(table, [0, 1], of: [2, 0, 1])
        #expect(whole == parts)
    }

    /// Over a whole update the weights of a mean add up to 1, if nothing is weighted.
    @Test func rowsCountForTheSame() {
        let plain = targets(table { _ in }, [0, 1], of: [0, 1])
        #expect(plain[..<3] == [Float(1) / 6, 0, 0] && plain[3 * 5..<18] == [Float(1) / 6, 0, 0])
        let smooth = targets(table { $0.labelSmoothing = 0.3 }, [0, 1], of: [0, 1])
        #expect(abs(smooth.reduce(0, +) - 1) < 1e-6)
        #expect(abs(smooth[0] - (0.7 + 0.1) / 6) < 1e-7 && abs(smooth[1] - 0.1 / 6) < 1e-7)
    }

    /// Classes 0, 1 and 2 have two, four and three of nine rows.
    @Test func balancedClassesCountTheSameTogether() {
        let targets = targets(table { $0.classWeights = .balanced }, [0, 1, 2], of: [0, 1, 2])
        for c in 0..<3 {
            let sum = stride(from: c, to: targets.count, by: 3).reduce(Float(0)) {
                $0 + targets[$1]
            }
            #expect(abs(sum - 1 / 3) < 1e-6)
        }
    }

    @Test func mixturesShareTheirRows() {
        let mixture = Mixture(other: 1, share: 0.25)
        let targets = targets(
            table { _ in }, [0], of: [0], mixture: { $0 == 0 ? mixture : nil })
        let expected: [Float] = [0.25, 0, 0.75, 0, 0.25, 0.75, 0.75, 0, 0.25].map { $0 / 3 }
        for (found, expected) in zip(targets, expected) { #expect(abs(found - expected) < 1e-7) }
    }
}
