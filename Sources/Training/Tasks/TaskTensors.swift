import Neural
import Tensors

/// What a batch may have beside states.
enum BatchTensor: Int, CaseIterable, Sendable {
    /// Numbers of the words of questions, `[samples, words]`.
    case words

    /// For each segment the row of a segment of another clip, `[rows]`.
    case partners

    /// For each segment the final tokens of a frozen one of another clip, `[rows, N, C]`.
    case negatives

    /// Targets of each row, `[rows, classes]`.
    case labels

    /// 1 for each row that is not background, or as much of it as is not, `[rows, 1]`.
    case foreground

    /// Targets of each clip, `[clips, classes]`.
    case clips

    /// Whether sight and sound belong together: `[2 · rows, 2]`, those that do first.
    case matches

    /// The batch's share of the update that it is a part of, `[1]`.
    case share

    /// Whether scores depend on it; such tensors come before all others.
    var isReadInEvaluation: Bool { self == .words }
}

/// The tensors that a task adds to a batch, always in one order.
struct TaskTensors: Sendable {
    private let names: [BatchTensor]
    private var tensors: [Tensor]

    /// Bytes of all of them.
    var count: Int { tensors.map(\.count).reduce(0, +) }

    /// Creates tensors of shapes.
    init(_ shapes: [BatchTensor: [Int]] = [:]) {
        let order = BatchTensor.allCases.filter { shapes[$0] != nil }
        names = order
        tensors = order.map { Tensor(shape: shapes[$0] ?? []) }
    }

    func contains(_ name: BatchTensor) -> Bool { names.contains(name) }

    /// A tensor that the task has asked for.
    subscript(name: BatchTensor) -> Tensor {
        get { tensors[place(of: name)] }
        _modify { yield &tensors[place(of: name)] }
    }

    private func place(of name: BatchTensor) -> Int {
        guard let place = names.firstIndex(of: name) else {
            preconditionFailure("the batch has no \(name)")
        }
        return place
    }

    /// Calls `body` with each tensor, in order.
    mutating func forEachTensor(_ body: (inout Tensor) -> Void) {
        for index in tensors.indices { body(&tensors[index]) }
    }

    /// The tensors as variables of a tape, which `variable` makes one after the other; those that training
    /// alone reads only with `isTraining`.
    func variables(isTraining: Bool, _ variable: (Tensor) -> Variable) -> TaskVariables {
        let read = zip(names, tensors).filter { isTraining || $0.0.isReadInEvaluation }
        return TaskVariables(
            variables: Dictionary(
                uniqueKeysWithValues: read.map { ($0, variable($1)) }))
    }
}

/// The same as variables of a tape.
struct TaskVariables {
    fileprivate let variables: [BatchTensor: Variable]

    /// One that the task has asked for.
    subscript(name: BatchTensor) -> Variable {
        guard let variable = variables[name] else { preconditionFailure("no \(name)") }
        return variable
    }

    func contains(_ name: BatchTensor) -> Bool { variables[name] != nil }
}
