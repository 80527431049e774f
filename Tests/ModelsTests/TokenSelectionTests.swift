import Tensors
import TestSupport
import Testing

@testable import Models

@Suite struct TokenSelectionTests {
    @Test(arguments: ["all", "cls", "grid:4x4", "grid:2x7", "topk:5"])
    func textRoundTrips(text: String) throws {
        #expect(try #require(TokenSelection(text)).description == text)
    }

    @Test(arguments: [
        "", "grid", "grid:4", "grid:0x4", "grid:4x", "grid:4x4x4", "grid:-1x2", "ALL", "topk",
        "topk:", "topk:0", "topk:-3", "topk:+3", "topk:2x2", "topk:9999999999999999999", "all:1",
    ])
    func otherTextIsRefused(text: String) { #expect(TokenSelection(text) == nil) }

    /// Class token 100, patches 0…5 on a grid of two rows and three columns.
    private let states = Tensor([100, 0, 1, 2, 3, 4, 5], shape: [7, 1])
    private let layout = StateLayout(specials: 1, rows: 2, columns: 3, width: 1)

    @Test func allAndClassTokens() {
        #expect(TokenSelection.all(states, layout, classRow: 0).states == states)
        let token = TokenSelection.cls(states, layout, classRow: 0).states
        #expect(token == Tensor([100], shape: [1, 1]))
    }

    /// PyTorch's `adaptive_avg_pool2d` of [[0, 1, 2], [3, 4, 5]] to 1 × 2 and to 2 × 2.
    @Test func cellsAreMeansOfTheirPatches() {
        let wide = TokenSelection.grid(rows: 1, columns: 2)(states, layout, classRow: 0).states
        #expect(wide == Tensor([100, 2, 3], shape: [3, 1]))
        let square = TokenSelection.grid(rows: 2, columns: 2)(states, layout, classRow: 0).states
        #expect(square == Tensor([100, 0.5, 1.5, 3.5, 4.5], shape: [5, 1]))
    }

    @Test func gridMustHaveAPatchInEachCell() {
        #expect(TokenSelection.grid(rows: 2, columns: 3).fits(layout))
        #expect(!TokenSelection.grid(rows: 3, columns: 3).fits(layout))
    }

    /// Norms of the patches of three rows and two columns: 5, 13, 1, 13, 0 and 5.
    @Test func patchesOfLargestNormAreKeptInOrder() {
        let states = Tensor(
            [0, 0, 3, 4, 5, -12, 0, 1, 13, 0, 0, 0, -4, 3], shape: [7, 2])
        let layout = StateLayout(specials: 1, rows: 3, columns: 2, width: 2)
        let three = TokenSelection.top(3)(states, layout, classRow: 0)
        #expect(three.rows == [0, 1, 2, 4])
        #expect(three.states == Tensor([0, 0, 3, 4, 5, -12, 13, 0], shape: [4, 2]))
        #expect(TokenSelection.top(6)(states, layout, classRow: nil).states == states)
        #expect(!TokenSelection.top(7).fits(layout))
        #expect(TokenSelection.top(3).count(of: layout) == 4)
    }

    @Test func whatIsNoNumberHasAPlaceToo() {
        let states = Tensor([1, .nan, 3, .infinity], shape: [4, 1])
        let layout = StateLayout(specials: 0, rows: 2, columns: 2, width: 1)
        #expect(TokenSelection.top(2)(states, layout, classRow: nil).rows == [1, 3])
    }
}
