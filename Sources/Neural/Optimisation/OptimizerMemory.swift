import Tensors

/// What an optimiser remembers of its parameters: tensors of their shapes, and how often each was
/// updated.
struct OptimizerMemory {
    /// What belongs to one parameter.
    struct Entry {
        var first: Tensor

        /// Empty where an optimiser remembers one tensor only.
        var second: Tensor

        var steps = 0
    }

    let parameters: [Parameter]

    /// Suffixes of the names of `first` and, if there are two, `second`.
    private let names: [String]

    /// By parameter, since its first update.
    private(set) var entries: [Entry?]

    /// - Precondition: All parameters have different names.
    init(_ groups: [ParameterGroup], names: [String]) {
        parameters = groups.flatMap(\.parameters)
        self.names = names
        entries = Array(repeating: nil, count: parameters.count)
        let all = parameters.map(\.name)
        precondition(Set(all).count == all.count, "parameters share a name: \(all)")
    }

    subscript(name: String) -> Entry? {
        parameters.firstIndex { $0.name == name }.flatMap { entries[$0] }
    }

    /// Lets `body` update every parameter with a gradient; tensors are zero at first.
    mutating func update(
        _ groups: [ParameterGroup],
        _ body: (ParameterGroup, Parameter, _ gradient: Tensor, _ entry: inout Entry) -> Void
    ) {
        var index = 0
        for group in groups {
            for parameter in group.parameters {
                defer { index += 1 }
                guard parameter.isTrainable, let gradient = parameter.gradient else { continue }
                if entries[index] == nil {
                    let shape = parameter.value.shape
                    entries[index] = Entry(
                        first: Tensor(shape: shape),
                        second: Tensor(shape: names.count > 1 ? shape : [0]))
                }
                entries[index]!.steps += 1
                body(group, parameter, gradient, &entries[index]!)
            }
        }
    }

    /// All tensors by name; counts as scalars.
    var state: [(name: String, value: Tensor)] {
        zip(parameters, entries).flatMap { parameter, entry -> [(name: String, value: Tensor)] in
            guard let entry else { return [] }
            let tensors = zip(names, [entry.first, entry.second]).map {
                (name: "\(parameter.name).\($0)", value: $1)
            }
            return tensors + [("\(parameter.name).steps", Tensor([Float(entry.steps)], shape: []))]
        }
    }

    mutating func restore(
        _ state: [(name: String, value: Tensor)]
    ) throws(OptimizerStateError) {
        var tensors: [String: Tensor] = [:]
        for (name, value) in state { tensors[name] = value }
        func take(_ name: String, _ shape: [Int]) throws(OptimizerStateError) -> Tensor {
            guard let tensor = tensors.removeValue(forKey: name) else {
                throw OptimizerStateError(reason: "it has no tensor '\(name)'")
            }
            guard tensor.shape == shape else {
                throw OptimizerStateError(
                    reason: "'\(name)' has shape \(tensor.shape), not \(shape)")
            }
            return tensor
        }
        var restored: [Entry?] = Array(repeating: nil, count: parameters.count)
        for (index, parameter) in parameters.enumerated() {
            let name = parameter.name, shape = parameter.value.shape
            guard (names + ["steps"]).contains(where: { tensors["\(name).\($0)"] != nil }) else {
                continue
            }
            var entry = Entry(
                first: try take("\(name).\(names[0])", shape), second: Tensor(shape: [0]))
            if names.count > 1 { entry.second = try take("\(name).\(names[1])", shape) }
            let steps = try take("\(name).steps", []).elements[0]
            guard let count = Int(exactly: steps), 1...(1 << 24) ~= count else {
                throw OptimizerStateError(reason: "'\(name).steps' is \(steps)")
            }
            entry.steps = count
            restored[index] = entry
        }
        if let unknown = tensors.keys.min() {
            throw OptimizerStateError(reason: "'\(unknown)' belongs to no parameter")
        }
        entries = restored
    }
}
