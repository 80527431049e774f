import Models
import Tensors

/// What a step reads: states, and the targets of its rows.
///
/// It lends its tensors to the step that works on them, and is filled again afterwards.
struct LoadedBatch: Sendable {
    var states: Batch

    /// `[rows, classes]`; of no meaning in evaluation.
    var targets: Tensor

    /// What dropout knows the samples by; of no meaning in evaluation.
    var numbers: [UInt64] = []

    /// Bytes of all tensors.
    var bytes: Int {
        let elements = states.streams.values.map { stream in
            stream.states.map(\.count).reduce(
                (stream.lengths?.count ?? 0) + (stream.valid?.count ?? 0), +)
        }
        return (elements.reduce(0, +) + targets.count) * MemoryLayout<Float>.stride
    }

    /// Calls `body` with each tensor, always in the same order; the targets come last.
    mutating func forEachTensor(_ body: (inout Tensor) -> Void) {
        for stream in states.streams.streams {
            guard var tensors = states.streams.removeValue(forKey: stream) else { continue }
            tensors.forEachTensor(body)
            states.streams[stream] = tensors
        }
        body(&targets)
    }
}
