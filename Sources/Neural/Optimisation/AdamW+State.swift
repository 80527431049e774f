public import Tensors

extension AdamW {
    /// Running means of a parameter's gradients and of their squares.
    struct Moments {
        var first: Tensor
        var second: Tensor
        var steps = 0

        init(shape: [Int]) { (first, second) = (Tensor(shape: shape), Tensor(shape: shape)) }
    }

    /// A checkpoint that does not fit the optimiser, and why.
    public struct StateError: Error, CustomStringConvertible, Equatable {
        public let reason: String

        public var description: String { "cannot restore the optimiser: \(reason)" }
    }

    /// What a checkpoint must hold beside the parameters: m, v and t of each parameter updated so far.
    ///
    /// Names are those of the parameters with `.first`, `.second` and `.steps` after them; their
    /// order is that of the parameters.
    public var state: [(name: String, value: Tensor)] {
        parameters.flatMap { parameter -> [(name: String, value: Tensor)] in
            guard let moments = moments[parameter.name] else { return [] }
            return [
                ("\(parameter.name).first", moments.first),
                ("\(parameter.name).second", moments.second),
                ("\(parameter.name).steps", Tensor([Float(moments.steps)], shape: [])),
            ]
        }
    }

    /// Continues from a state that `state` returned; steps thereafter give the same bits.
    ///
    /// - Throws: ``StateError`` if a name is unknown, or a tensor missing or of another shape. The
    ///   optimiser is left as it was.
    public func restore(_ state: [(name: String, value: Tensor)]) throws(StateError) {
        var tensors: [String: Tensor] = [:]
        for (name, value) in state { tensors[name] = value }
        func take(_ name: String, _ shape: [Int]) throws(StateError) -> Tensor {
            guard let tensor = tensors.removeValue(forKey: name) else {
                throw StateError(reason: "it has no tensor '\(name)'")
            }
            guard tensor.shape == shape else {
                throw StateError(reason: "'\(name)' has shape \(tensor.shape), not \(shape)")
            }
            return tensor
        }

        var restored: [String: Moments] = [:]
        for parameter in parameters
        where ["first", "second", "steps"].contains(where: {
            tensors["\(parameter.name).\($0)"] != nil
        }) {
            var moments = Moments(shape: [])
            moments.first = try take("\(parameter.name).first", parameter.value.shape)
            moments.second = try take("\(parameter.name).second", parameter.value.shape)
            let steps = try take("\(parameter.name).steps", []).elements[0]
            guard let count = Int(exactly: steps), 1...(1 << 24) ~= count else {
                throw StateError(reason: "'\(parameter.name).steps' is \(steps)")
            }
            moments.steps = count
            restored[parameter.name] = moments
        }
        if let unknown = tensors.keys.min() {
            throw StateError(reason: "'\(unknown)' belongs to no parameter")
        }
        moments = restored
    }
}
