import Tensors
import TestSupport
import Testing

@testable import Models

/// Resizing against PyTorch's `interpolate`.
@Suite struct PositionGridTests {
    @Test(arguments: [PositionGrid.Resizing.bicubic, .bicubicAntialiased])
    func gridsAreResizedLikePyTorchDoes(resizing: PositionGrid.Resizing) throws {
        let reference = try Reference.tensors("vision-states")
        let names = reference.entries.keys.filter {
            $0.hasPrefix("bicubic/") && $0.hasSuffix("/from")
        }
        #expect(names.count == 6)
        for name in names {
            let table = try reference.tensor(name)
            let expected = try reference.tensor(
                name.replacing("/from", with: resizing == .bicubic ? "/to" : "/antialiased"))
            let grid = PositionGrid(
                rows: table.shape[0], columns: table.shape[1],
                values: Tensor(table, shape: [table.rows, 3]))
            let resized = grid.resized(
                rows: expected.shape[0], columns: expected.shape[1], resizing)
            let error = relativeError(Tensor(resized.values, shape: expected.shape), expected)
            #expect(error < 2e-6, "\(name): \(error)")
        }
    }

    /// Weights of every place sum to one, so that equal positions stay what they are.
    @Test(arguments: [true, false]) func equalPositionsStayEqual(antialias: Bool) {
        for old in 1...9 {
            for new in 1...20 {
                let axis = BicubicAxis(from: old, to: new, antialias: antialias)
                for tap in axis.taps {
                    #expect(abs(tap.weights.reduce(0, +) - 1) < 1e-5)
                    #expect(tap.first >= 0 && tap.first + tap.weights.count <= old)
                }
            }
        }
    }
}
