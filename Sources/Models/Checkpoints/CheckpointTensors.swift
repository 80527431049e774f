import Neural
import Tensors

/// The tensors of a checkpoint, each taken once by name with the shape that the model expects.
struct CheckpointTensors {
    /// What errors call the checkpoint: its file, or the folder of its files.
    private let path: String
    private let compute: ComputeType
    private var remaining: Set<String>

    /// The file of each tensor.
    private let files: [String: SafeTensors]

    /// What all names to be taken begin with.
    var prefix = ""

    /// Takes tensors from files, to be packed for products in a number type.
    ///
    /// - Parameters:
    ///   - files: One file, or several shards.
    ///   - map: The file of each tensor, as the index of several has it.
    ///   - compute: The number type.
    ///   - path: The folder.
    /// - Throws: ``BackboneError`` if a shard lacks a tensor which the index says it has, or has
    ///   one of which the index does not know.
    init(
        _ files: [SafeTensors], map: [String: String], compute: ComputeType, path: String
    ) throws(BackboneError) {
        var places: [String: SafeTensors] = [:]
        for file in files {
            for name in file.entries.keys.sorted() {
                guard map.isEmpty || map[name] == file.path else {
                    throw BackboneError(
                        "load backbone \(file.path)",
                        "it has tensor '\(name)', which the index does not place there")
                }
                places[name] = file
            }
        }
        for (name, file) in map.sorted(by: { $0.key < $1.key }) where places[name] == nil {
            throw BackboneError(
                "load backbone \(file)",
                "it has no tensor '\(name)', which the index places there")
        }
        self.path = files.count == 1 ? files[0].path : path
        self.files = places
        self.compute = compute
        remaining = Set(places.keys)
    }

    /// Takes names below a prefix from now on if there are any, as when a model lies inside another.
    mutating func enter(_ prefix: String) {
        if files.keys.contains(where: { $0.hasPrefix(prefix) }) { self.prefix = prefix }
    }

    /// Whether there is a tensor of this name.
    func has(_ name: String) -> Bool { files[prefix + name] != nil }

    /// The shape of a tensor; nil if there is none of this name.
    func shape(of name: String) -> [Int]? { files[prefix + name]?.entries[prefix + name]?.shape }

    /// The named tensor.
    ///
    /// - Throws: ``BackboneError`` that names the tensor if it is absent or has another shape.
    mutating func take(_ name: String, shape: [Int]) throws(BackboneError) -> Tensor {
        let name = prefix + name
        guard let file = files[name], let entry = file.entries[name] else {
            throw error("it has no tensor '\(name)'")
        }
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
        BackboneError("load backbone \(path)", reason)
    }
}
