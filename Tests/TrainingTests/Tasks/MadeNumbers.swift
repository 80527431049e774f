import Neural
import Tensors

/// Numbers in −1…1 that `tools/references/heads.py` makes alike.
enum MadeNumbers {
    static func element(_ i: Int, _ k: Int) -> Float {
        var x = UInt32(truncatingIfNeeded: i &* 2_654_435_761 &+ k &* 2_246_822_519)
        x ^= x >> 15
        x = x &* 2_246_822_519
        x ^= x >> 13
        x = x &* 3_266_489_917
        x ^= x >> 16
        return Float(Double(x) / 2_147_483_648 - 1)
    }

    static func tensor(_ shape: [Int], _ k: Int) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { element($0, k) }, shape: shape)
    }

    /// The same for a parameter, whose elements are counted as PyTorch has them.
    static func tensor(for parameter: Parameter, _ k: Int) -> Tensor {
        let shape = parameter.value.shape
        guard parameter.isLinearMap else { return tensor(shape, k) }
        let (inputs, outputs) = (shape[0], shape[1])
        return Tensor(
            (0..<inputs * outputs).map { element($0 % outputs * inputs + $0 / outputs, k) },
            shape: shape)
    }

    /// Gives parameters the values of the references.
    static func fill(_ parameters: [Parameter]) {
        for (k, parameter) in sorted(parameters).enumerated() {
            let shape = parameter.value.shape
            let inputs =
                shape.count < 2
                ? 16 : parameter.isLinearMap ? shape[0] : shape.dropFirst().reduce(1, *)
            var value = tensor(for: parameter, k)
            for i in value.elements.indices {
                value.elements[i] /= Float(inputs).squareRoot()
            }
            parameter.value = value
        }
    }

    static func sorted(_ parameters: [Parameter]) -> [Parameter] {
        parameters.sorted { $0.name < $1.name }
    }
}
