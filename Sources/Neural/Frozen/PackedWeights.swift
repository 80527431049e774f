import CKernels
import Tensors

/// A matrix laid out for the tiles of a processor, with the bias and the activation that follow its
/// products.
///
/// Products of int8 are of numbers within ±127: those of a weight row are multiples of its largest
/// magnitude over 127, those of a row of activations likewise. Their sums are exact, so the result is
/// the same on every processor up to the rounding of the scales.
final class PackedWeights: @unchecked Sendable {
    private let weights: avprep_weights
    private let words: AlignedBytes
    private let margins: AlignedBytes

    /// Packs `weight`, `[outputs, inputs]`.
    init(
        _ weight: Tensor, bias: Tensor, activation: FrozenLinear.Activation, _ compute: ComputeType,
        _ level: InstructionLevel
    ) {
        var weights = avprep_weights()
        weights.level = level.kernels
        weights.number = compute.kernels
        weights.activation = activation.kernels
        (weights.outputs, weights.inputs) = (weight.shape[0], weight.shape[1])

        let room = avprep_padded_outputs(&weights)
        words = AlignedBytes(count: avprep_weight_words(&weights) * MemoryLayout<UInt32>.size)
        margins = AlignedBytes(count: 3 * room * MemoryLayout<UInt32>.size)
        margins.start.initializeMemory(as: UInt32.self, repeating: 0, count: 3 * room)
        weights.words = words.start.assumingMemoryBound(to: UInt32.self)
        weights.bias = margins.start.assumingMemoryBound(to: Float.self)
        weights.scales = weights.bias + room
        weights.offsets = UnsafeMutableRawPointer(weights.bias + 2 * room)
            .assumingMemoryBound(to: Int32.self)
        for (output, element) in bias.elements.enumerated() { weights.bias[output] = element }
        avprep_pack_weights(&weights, weight.elements)
        self.weights = weights
    }

    /// Multiplies rows and stores the result at `y`, or adds it to what is there.
    ///
    /// `isLinear` leaves the activation out.
    func multiply(
        _ x: UnsafePointer<Float>, rows: Int, to y: UnsafeMutablePointer<Float>, adding: Bool,
        isLinear: Bool = false, in workspace: Workspace
    ) {
        var weights = weights
        if isLinear { weights.activation = avprep_identity }
        withUnsafePointer(to: weights) {
            avprep_multiply(
                $0, x, rows, y, adding ? 1 : 0, workspace.words(avprep_multiply_words($0, rows)))
        }
    }

    /// The matrix as it multiplies, transposed: `[inputs, outputs]`.
    ///
    /// Row i is what it makes of the i-th unit vector, without bias and activation. That is exact in
    /// single precision and in bfloat16.
    func transposed() -> Tensor {
        var weights = weights
        let room = avprep_padded_outputs(&weights)
        let (inputs, outputs) = (weights.inputs, weights.outputs)
        let zeros = AlignedBytes(count: room * MemoryLayout<Float>.size)
        zeros.start.initializeMemory(as: Float.self, repeating: 0, count: room)
        weights.bias = zeros.start.assumingMemoryBound(to: Float.self)
        weights.activation = avprep_identity
        var result = Tensor(shape: [inputs, outputs])
        let workspace = Workspace()
        result.elements.withUnsafeMutableBufferPointer { result in
            for first in stride(from: 0, to: inputs, by: 192) {
                let rows = min(192, inputs - first)
                var units = Tensor(shape: [rows, inputs])
                for row in 0..<rows { units.elements[row * inputs + first + row] = 1 }
                let memory = workspace.words(avprep_multiply_words(&weights, rows))
                let target = result.baseAddress! + first * outputs
                avprep_multiply(&weights, units.elements, rows, target, 0, memory)
            }
        }
        withExtendedLifetime((zeros, words, margins)) {}
        return result
    }
}

extension ComputeType {
    fileprivate var kernels: avprep_number {
        switch self {
        case .f32: avprep_f32
        case .bf16: avprep_bf16
        case .int8: avprep_int8
        }
    }
}

extension FrozenLinear.Activation {
    var kernels: avprep_activation {
        switch self {
        case .none: avprep_identity
        case .gelu: avprep_exact_gelu
        case .geluTanh: avprep_tanh_gelu
        case .quickGELU: avprep_quick_gelu
        case .relu: avprep_relu
        }
    }
}
