import Neural
import Tensors

/// The tensors of a checkpoint, each taken once by name with the shape that the model expects.
struct CheckpointTensors {
    private let file: SafeTensors
    private let compute: ComputeType
    private var remaining: Set<String>

    /// What all names to be taken begin with.
    var prefix = ""

    /// Takes tensors from a file, to be packed for products in a number type.
    init(_ file: SafeTensors, compute: ComputeType) {
        self.file = file
        self.compute = compute
        remaining = Set(file.entries.keys)
    }

    /// Takes names below a prefix from now on if there are any, as when a model lies inside another.
    mutating func enter(_ prefix: String) {
        if file.entries.keys.contains(where: { $0.hasPrefix(prefix) }) { self.prefix = prefix }
    }

    /// Whether there is a tensor of this name.
    func has(_ name: String) -> Bool { file.entries[prefix + name] != nil }

    /// The shape of a tensor; nil if there is none of this name.
    func shape(of name: String) -> [Int]? { file.entries[prefix + name]?.shape }

    /// The named tensor.
    ///
    /// - Throws: ``BackboneError`` that names the tensor if it is absent or has another shape.
    mutating func take(_ name: String, shape: [Int]) throws(BackboneError) -> Tensor {
        let name = prefix + name
        guard let entry = file.entries[name] else { throw error("it has no tensor '\(name)'") }
        guard entry.shape == shape else {
            throw error("tensor '\(name)' has shape \(entry.shape), not \(shape)")
        }
        remaining.remove(name)
        do {
            return try file.tensor(name)
        } catch {
            throw self.error(error.reason)
        }
    }

    /// A packed affine map whose published names end in `.weight` and `.bias`.
    mutating func takeLinear(
        _ name: String, inputs: Int, outputs: Int, activation: FrozenLinear.Activation = .none
    ) throws(BackboneError) -> FrozenLinear {
        try pack(
            name, weight: take("\(name).weight", shape: [outputs, inputs]),
            bias: take("\(name).bias", shape: [outputs]), activation: activation)
    }

    mutating func takeNorm(
        _ name: String, width: Int, epsilon: Float
    ) throws(BackboneError) -> FrozenLayerNorm {
        FrozenLayerNorm(
            weight: try take("\(name).weight", shape: [width]),
            bias: try take("\(name).bias", shape: [width]), epsilon: epsilon)
    }

    func pack(
        _ name: String, weight: Tensor, bias: Tensor?, activation: FrozenLinear.Activation = .none
    ) throws(BackboneError) -> FrozenLinear {
        do {
            return try FrozenLinear(
                weight: weight, bias: bias, activation: activation, compute: compute)
        } catch {
            throw self.error("\(name): \(error)")
        }
    }

    /// Checks that nothing is left but what the model is known not to need; `prefixes` are those of whole
    /// names.
    func finish(ignoring prefixes: [String]) throws(BackboneError) {
        let extra = remaining.sorted().filter { name in
            !prefixes.contains { name.hasPrefix($0) }
        }
        guard let first = extra.first else { return }
        let others = extra.count == 1 ? "" : " and \(extra.count - 1) more"
        throw error("it has an unexpected tensor '\(first)'\(others)")
    }

    func error(_ reason: String) -> BackboneError {
        BackboneError("load backbone \(file.path)", reason)
    }
}
