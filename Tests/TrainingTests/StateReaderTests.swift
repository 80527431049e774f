import Models
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct StateReaderTests {
    private func states(_ data: SyntheticCache, _ clip: String) throws -> StateReader.ClipStates {
        try StateReader(
            data.cache(), feature: "states-tiny-visual", taps: [1], operation: "test"
        ).states(of: clip)
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
}
