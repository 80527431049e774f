import Testing

@testable import Training

@Suite struct SweepGridTests {
    @Test func everyCombinationHasEverySeed() throws {
        let grid = try SweepGrid(
            axes: ["optimizer.learningRate=1e-4,3e-4", "placement={ladder: [1, 2]},head"],
            seeds: "0..2")
        #expect(grid.points.count == 12)
        #expect(
            grid.points[0].settings == [
                "optimizer.learningRate=1e-4", "placement={ladder: [1, 2]}",
            ])
        #expect(grid.points[0].name == "learningRate-1e-4,placement-_ladder___1__2__,seed-0")
        #expect(Set(grid.points.map(\.name)).count == 12)
        #expect(grid.points.allSatisfy { !$0.name.contains("/") && !$0.name.contains(" ") })
    }

    @Test func seedsAreARangeOrAList() throws {
        #expect(try SweepGrid(axes: [], seeds: "3..5").points.map(\.seed) == [3, 4, 5])
        #expect(try SweepGrid(axes: [], seeds: "7,1").points.map(\.name) == ["seed-7", "seed-1"])
    }

    @Test(arguments: ["", "a", "3..1", "1,1", "-1", "0..", "1,,2", "0..5000"])
    func otherSeedsAreRefused(seeds: String) {
        let error = #expect(throws: SweepGrid.FormError.self) {
            try SweepGrid(axes: [], seeds: seeds)
        }
        #expect(error?.description == "'\(seeds)' is not seeds such as 0..4 or 0,2,5")
    }

    @Test func axesAreOfDifferentKeysAndNotOfSeeds() {
        #expect(throws: SweepGrid.FormError.self) {
            try SweepGrid(axes: ["epochs=1,2", "epochs=3"], seeds: "0")
        }
        #expect(throws: SweepGrid.FormError.self) { try SweepGrid(axes: ["seed=1,2"], seeds: "0") }
    }

    @Test(arguments: ["epochs", "=1", "epochs=", "epochs=1,", "placement={ladder: [1"])
    func otherAxesAreRefused(axis: String) {
        let error = #expect(throws: SweepGrid.FormError.self) {
            try SweepGrid(axes: [axis], seeds: "0")
        }
        #expect(error?.description == "'\(axis)' is not key=value,value")
    }
}
