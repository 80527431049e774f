import Models
import Neural
import Tensors

/// A backbone whose states can be told from its input by hand.
///
/// Of a picture, patch p has in layer k the values of pixel p, times k + 1 and `factor`; the class token,
/// if there is one, is the sum of them. Of a text, token t has its number, doubled and tripled.
struct StandInBackbone: FrozenBackbone {
    var hasClassToken = true
    var factor: Float = 1

    let configuration: any Encodable & Sendable = ["stand": "in"]
    let inputs: Set<BackboneInput.Kind> = [.pictures, .texts]
    let depth = 2
    let finalNorm: FrozenLayerNorm? = nil

    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout {
        switch size {
        case .picture(let height, let width):
            StateLayout(
                specials: hasClassToken ? 1 : 0, rows: height, columns: width, width: 3)
        case .text(let tokens): StateLayout(specials: 0, rows: 1, columns: tokens, width: 3)
        case .spectrogram: throw BackboneError("encode windows", "it reads pictures")
        }
    }

    func classRow(of input: BackboneInput) -> Int? { hasClassToken ? 0 : nil }

    func makeWorker() -> any BackboneWorker { Worker(self) }

    func states(of input: BackboneInput, layer: Int) -> Tensor {
        let scale = Float(layer + 1) * factor
        switch input {
        case .picture(let rgb, _, _):
            let patches = rgb.map { Float($0) * scale }
            guard hasClassToken else {
                return Tensor(patches, shape: [patches.count / 3, 3])
            }
            let sums = (0..<3).map { channel in
                stride(from: channel, to: patches.count, by: 3).reduce(Float(0)) {
                    $0 + patches[$1]
                }
            }
            return Tensor(sums + patches, shape: [1 + patches.count / 3, 3])
        case .text(let text):
            let values = text.ids.flatMap { id in [1, 2, 3].map { Float($0 * id) * scale } }
            return Tensor(values, shape: [text.ids.count, 3])
        case .spectrogram: preconditionFailure("a stand-in reads no spectrograms")
        }
    }

    private final class Worker: BackboneWorker {
        private let model: StandInBackbone

        init(_ model: StandInBackbone) { self.model = model }

        func forEachState(
            of input: BackboneInput, layers: Set<Int>,
            _ body: (_ layer: Int, _ states: Tensor) throws -> Void
        ) rethrows {
            for layer in layers.sorted() { try body(layer, model.states(of: input, layer: layer)) }
        }
    }
}
