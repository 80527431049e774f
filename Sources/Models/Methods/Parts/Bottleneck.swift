import Neural
import Tensors

/// A narrow network that maps each token by itself, as adapters have it.
///
///     A(x) = g · LN(BN(Up(a(BN(Down(LN x))))))
///
/// Norms, biases and the gate are there or not.
struct Bottleneck: Module {
    /// What is between the maps.
    enum Activation: String, CaseIterable, Sendable {
        case none
        case relu
        case gelu

        func callAsFunction(_ x: Variable) -> Variable {
            switch self {
            case .none: x
            case .relu: x.relu()
            case .gelu: x.gelu()
            }
        }
    }

    struct Configuration: Sendable {
        var width: Int
        var hidden: Int
        var groups = 1
        var hasBias = true
        var normBefore = true
        var normAfter = false
        var hasBatchNorm = false
        var activation = Activation.relu

        /// A gate that begins at zero.
        var hasGate = true

        /// How the weights of the second map begin; biases of both begin at zero.
        var up = WeightInitialisation.torchLinear
    }

    let norm: LayerNorm?
    let down: GroupedMap
    let downNorm: BatchNorm?
    let up: GroupedMap
    let upNorm: BatchNorm?
    let outputNorm: LayerNorm?
    let gate: Parameter?
    private let activation: Activation

    var parameters: [Parameter] {
        let before = (norm?.parameters ?? []) + down.parameters + (downNorm?.parameters ?? [])
        let after = up.parameters + (upNorm?.parameters ?? []) + (outputNorm?.parameters ?? [])
        return before + after + (gate.map { [$0] } ?? [])
    }

    var buffers: [Parameter] { (downNorm?.buffers ?? []) + (upNorm?.buffers ?? []) }

    init(_ name: String, _ sizes: Configuration, using generator: inout SplitMix64) {
        let (width, hidden) = (sizes.width, sizes.hidden)
        norm = sizes.normBefore ? LayerNorm("\(name).norm", features: width) : nil
        down = GroupedMap(
            "\(name).down", inputs: width, outputs: hidden, groups: sizes.groups,
            hasBias: sizes.hasBias, using: &generator)
        up = GroupedMap(
            "\(name).up", inputs: hidden, outputs: width, groups: sizes.groups,
            hasBias: sizes.hasBias, initial: sizes.up, using: &generator)
        for map in [down, up] {
            if let bias = map.bias { bias.value = Tensor(shape: bias.value.shape) }
        }
        func batchNorm(_ place: String, _ features: Int) -> BatchNorm? {
            sizes.hasBatchNorm ? BatchNorm("\(name).\(place)", features: features) : nil
        }
        downNorm = batchNorm("downNorm", hidden)
        upNorm = batchNorm("upNorm", width)
        outputNorm = sizes.normAfter ? LayerNorm("\(name).outputNorm", features: width) : nil
        gate = sizes.hasGate ? Parameter("\(name).gate", Tensor([0], shape: [])) : nil
        activation = sizes.activation
    }

    /// Maps `[..., C]` to the same shape.
    func callAsFunction(_ x: Variable) -> Variable {
        var z = down(norm.map { $0(x) } ?? x)
        if let downNorm { z = downNorm(z) }
        z = up(activation(z))
        if let upNorm { z = upNorm(z) }
        if let outputNorm { z = outputNorm(z) }
        return gate.map { z.scaled(by: $0) } ?? z
    }
}

/// An affine map in groups of channels, which is a plain one where there is one group.
enum GroupedMap: Module {
    case plain(Linear)
    case grouped(GroupedLinear)

    var parameters: [Parameter] {
        switch self {
        case .plain(let map): map.parameters
        case .grouped(let map): map.parameters
        }
    }

    var bias: Parameter? {
        switch self {
        case .plain(let map): map.bias
        case .grouped(let map): map.bias
        }
    }

    init(
        _ name: String, inputs: Int, outputs: Int, groups: Int, hasBias: Bool,
        initial: WeightInitialisation = .torchLinear, using generator: inout SplitMix64
    ) {
        if groups == 1 {
            self = .plain(
                Linear(
                    name, inputs: inputs, outputs: outputs, hasBias: hasBias, initial: initial,
                    using: &generator))
        } else {
            self = .grouped(
                GroupedLinear(
                    name, inputs: inputs, outputs: outputs, groups: groups, hasBias: hasBias,
                    initial: initial, using: &generator))
        }
    }

    func callAsFunction(_ x: Variable) -> Variable {
        switch self {
        case .plain(let map): map(x)
        case .grouped(let map): map(x)
        }
    }
}
