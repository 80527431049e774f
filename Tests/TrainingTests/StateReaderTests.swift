import Models
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct StateReaderTests {
    private func states(
        _ data: SyntheticCache, _ clip: String, _ tokens: MethodDeclaration.Tokens = .patches
    ) throws -> StreamTensors {
        let reader = try StateReader(
            data.cache(), feature: "states-tiny-visual",
            seams: [.init(layer: 1, tokens: tokens)], operation: "test")
        var tensors = reader.makeTensors(keys: 2)
        var bytes = StateBytes()
        try reader.read(clip, at: 1, to: &tensors, by: &bytes)
        return tensors
    }

    /// Each element is within half a step of what it was, and a step is 1/127 of a token's largest.
    @Test func wholeNumbersAreReadWithTheirScales() throws {
        let exact = try states(SyntheticCache(), "clip5")
        let quantised = try states(SyntheticCache(isQuantised: true), "clip5")
        let (a, b) = (quantised.taps[0].patches, exact.taps[0].patches)
        #expect(a.shape == b.shape && a != b)
        #expect(relativeError(a, b) < 0.01)
        let c = SyntheticCache.width
        for start in stride(from: 0, to: b.count, by: c) {
            let largest = b.elements[start..<start + c].map(\.magnitude).max() ?? 0
            for i in start..<start + c {
                #expect(abs(a.elements[i] - b.elements[i]) <= largest / 127 * 0.50001)
            }
        }
    }

    /// Class tokens and patches are the tokens, and each clip has rows of its own.
    @Test func tokensLieWhereTheyBelong() throws {
        let data = try SyntheticCache(), (n, c) = (SyntheticCache.tokens, SyntheticCache.width)
        let all = try states(data, "clip5", .all).layers[0]
        let (classTokens, patches) = try states(data, "clip5").taps[0]
        let rows = SyntheticCache.segments
        #expect(all.shape == [2 * rows, n, c] && patches.shape == [2 * rows, n - 1, c])
        for row in 0..<2 * rows {
            let token = all.elements[row * n * c..<(row * n + 1) * c]
            #expect(Array(token) == Array(classTokens.elements[row * c..<(row + 1) * c]))
            let others = all.elements[(row * n + 1) * c..<(row + 1) * n * c]
            let first = row * (n - 1) * c
            #expect(Array(others) == Array(patches.elements[first..<first + others.count]))
        }
        #expect(all.elements[..<(rows * n * c)].allSatisfy { $0 == 0 })
        #expect(all.elements[(rows * n * c)...].contains { $0 != 0 })
    }
}
