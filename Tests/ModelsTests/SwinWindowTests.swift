import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// Cutting maps into windows, against definitions over the whole map.
@Suite struct SwinWindowTests {
    /// Sides of maps and windows: whole and padded, square and not, and one window only.
    static let cuts = [
        (MapSize(rows: 8, columns: 8), WindowShape(4, 4)),
        (MapSize(rows: 7, columns: 10), WindowShape(4, 5)),
        (MapSize(rows: 5, columns: 3), WindowShape(2, 3)),
        (MapSize(rows: 3, columns: 9), WindowShape(4, 4)),
    ]

    @Test(arguments: cuts, [WindowPartition.Padding.beforeShift, .afterShift])
    func everyTokenIsInOnePlace(
        _ cut: (map: MapSize, shape: WindowShape), padding: WindowPartition.Padding
    ) {
        let partition = WindowPartition(cut.map, cut.shape)
        for isShifted in [false, true] {
            let order = partition.order(isShifted: isShifted, padding)
            #expect(order.count == partition.windows.count * cut.shape.count)
            #expect(order.filter { $0 >= 0 }.sorted() == Array(0..<cut.map.count))
        }
    }

    /// Where a token of the map is in the windows: rolled and padded in the order that is asked for,
    /// then cut.
    @Test(arguments: cuts, [WindowPartition.Padding.beforeShift, .afterShift])
    func orderIsThatOfARolledMap(
        _ cut: (map: MapSize, shape: WindowShape), padding: WindowPartition.Padding
    ) {
        let (map, shape) = cut
        let partition = WindowPartition(map, shape)
        let order = partition.order(isShifted: true, padding)
        let height = partition.windows.rows * shape.rows
        let width = partition.windows.columns * shape.columns
        let (rowCycle, columnCycle) =
            padding == .beforeShift ? (height, width) : (map.rows, map.columns)
        for token in 0..<map.count {
            let row = (token / map.columns - shape.rowShift + rowCycle) % rowCycle
            let column = (token % map.columns - shape.columnShift + columnCycle) % columnCycle
            let window =
                row / shape.rows * partition.windows.columns + column / shape.columns
            let inside = row % shape.rows * shape.columns + column % shape.columns
            #expect(order[window * shape.count + inside] == token)
        }
    }

    /// The nine regions of the shifted map of which the paper's code makes its mask: tokens see those of
    /// their region.
    @Test(arguments: cuts)
    func masksAreThoseOfTheRegions(_ cut: (map: MapSize, shape: WindowShape)) {
        let (map, shape) = cut
        let partition = WindowPartition(map, shape)
        let masks = partition.masks(hidden: -100)
        let height = partition.windows.rows * shape.rows
        let width = partition.windows.columns * shape.columns
        func region(_ place: Int, _ side: Int, _ window: Int, _ shift: Int) -> Int {
            (place >= side - window ? 1 : 0) + (place >= side - shift ? 1 : 0)
        }
        func region(_ window: Int, _ token: Int) -> Int {
            let row = window / partition.windows.columns * shape.rows + token / shape.columns
            let column =
                window % partition.windows.columns * shape.columns + token % shape.columns
            return 3 * region(row, height, shape.rows, shape.rowShift)
                + region(column, width, shape.columns, shape.columnShift)
        }
        let n = shape.count, patterns = partition.patterns
        #expect(patterns.count == partition.windows.count)
        for (window, pattern) in patterns.enumerated() {
            var expected: [Float] = []
            for query in 0..<n {
                for key in 0..<n {
                    expected.append(region(window, query) == region(window, key) ? 0 : -100)
                }
            }
            #expect(Array(masks.elements[pattern * n * n..<(pattern + 1) * n * n]) == expected)
        }
    }

    @Test func windowsAreClippedToSmallMaps() {
        let window = WindowShape(7, 7)
        let small = window.clipped(to: MapSize(rows: 5, columns: 9))
        #expect(small.size == MapSize(rows: 5, columns: 7))
        #expect(small.rowShift == 0 && small.columnShift == 3)
        let square = window.squareClipped(to: MapSize(rows: 5, columns: 9))
        #expect(square.size == MapSize(rows: 5, columns: 5) && !square.isShifted)
        let equal = window.squareClipped(to: MapSize(rows: 7, columns: 9))
        #expect(equal.size == window.size && !equal.isShifted)
        #expect(window.clipped(to: MapSize(rows: 8, columns: 8)) == window)
    }

    @Test func mergingTakesTwoByTwoTokensColumnByColumn() {
        let order = PatchMerging.order(of: MapSize(rows: 3, columns: 4))
        #expect(order == [0, 4, 1, 5, 2, 6, 3, 7, 8, -1, 9, -1, 10, -1, 11, -1])
    }

    /// Equation 4 of Swin V2: distances that span the windows of pre-training reach ±log₂ 9 / log₂ 8.
    @Test func continuousCoordinatesAreLogarithmic() {
        func network(_ side: Int) -> ContinuousPositionBias {
            ContinuousPositionBias(
                expansion: Tensor(shape: [0, 2]), expansionBias: Tensor(shape: [0]),
                contraction: Tensor(shape: [1, 0]), pretrainedSide: side)
        }
        func expected(_ distances: [Double], _ reach: Double) -> Tensor {
            Tensor(
                distances.map {
                    let u = 8 * $0 / reach
                    return Float((u < 0 ? -1 : 1) * Foundation.log(1 + abs(u)) / Foundation.log(8))
                }, shape: [distances.count])
        }
        let own = Tensor(network(0).coordinates(3), shape: [5])
        #expect(relativeError(own, expected([-2, -1, 0, 1, 2], 2)) < 1e-6)
        let trained = Tensor(network(5).coordinates(3), shape: [5])
        #expect(relativeError(trained, expected([-2, -1, 0, 1, 2], 4)) < 1e-6)
        #expect(network(0).coordinates(1) == [0])
    }

    /// A network of two hidden units, one for each axis, which pass the coordinate on where it is positive.
    @Test func continuousBiasIsTheNetworkOfThePlace() {
        let network = ContinuousPositionBias(
            expansion: Tensor([1, 0, 0, 1], shape: [2, 2]), expansionBias: Tensor(shape: [2]),
            contraction: Tensor([1, 0, -2, 3], shape: [2, 2]), pretrainedSide: 0)
        let window = WindowShape(2, 3)
        let bias = PositionBias.continuous(network)(window)
        #expect(bias.shape == [2, 6, 6])
        func coordinate(_ distance: Int, _ side: Int) -> Double {
            max(Foundation.log2(1 + 8 * Double(max(distance, 0)) / Double(side - 1)) / 3, 0)
        }
        var expected = Tensor(shape: bias.shape)
        for query in 0..<6 {
            for key in 0..<6 {
                let down = coordinate(query / 3 - key / 3, 2)
                let right = coordinate(query % 3 - key % 3, 3)
                for (head, sum) in [down, -2 * down + 3 * right].enumerated() {
                    expected.elements[(head * 6 + query) * 6 + key] =
                        Float(16 / (1 + Foundation.exp(-sum)))
                }
            }
        }
        #expect(relativeError(bias, expected) < 1e-6)
    }

    /// PyTorch's bicubic weights at a quarter of the way, and samples beyond the ends.
    @Test func stretchingKeepsTheEnds() {
        let first = CubicTaps(at: 0, of: 9, in: 3)
        #expect(first.weights[1] == 1 && first.places[0] == 0)
        let between = CubicTaps(at: 1, of: 9, in: 3)
        let weights: [Float] = [-0.10546875, 0.87890625, 0.26171875, -0.03515625]
        for tap in 0..<4 {
            #expect(between.weights[tap] == weights[tap])
            #expect(between.places[tap] == [0, 0, 1, 2][tap])
        }
        let last = CubicTaps(at: 8, of: 9, in: 3)
        #expect(last.weights[1] == 1 && last.places[1] == 2 && last.places[3] == 2)
    }
}
