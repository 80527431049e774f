import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite struct VisionTransformerTests {
    private func states(_ model: any FrozenBackbone, of input: BackboneInput) -> [Tensor] {
        var states: [Tensor] = []
        model.makeWorker().forEachState(of: input, layers: Set(0...model.depth)) { _, state in
            states.append(state)
        }
        return states
    }

    @Test func statesDoNotDependOnTheLayersThatAreKept() throws {
        let model = try BackboneCatalog.load("builtin:tiny").model
        let input = BackboneInput.picture(
            rgb: (0..<224 * 224 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }, height: 224,
            width: 224)
        let all = states(model, of: input)
        for layer in 0...model.depth {
            var kept: [(Int, Tensor)] = []
            model.makeWorker().forEachState(of: input, layers: [layer]) { kept.append(($0, $1)) }
            #expect(kept.map(\.0) == [layer])
            #expect(kept.map(\.1) == [all[layer]])
        }
    }

    /// PyTorch's `interpolate(mode="linear", align_corners=False)` of 0, 1, 2 to 2 and to 5 values.
    @Test func positionsAreResizedBetweenCentres() {
        let table = Tensor([0, 1, 2], shape: [3, 1])
        #expect(
            relativeError(table.resizedRows(to: 2), Tensor([0.25, 1.75], shape: [2, 1])) < 1e-6)
        let expected = Tensor([0, 0.4, 1, 1.6, 2], shape: [5, 1])
        #expect(relativeError(table.resizedRows(to: 5), expected) < 1e-6)
    }
}
