import Models
import Tensors

/// What a step reads: states, and what the task adds to them.
///
/// It lends its tensors to the step that works on them, and is filled again afterwards.
struct LoadedBatch: Sendable {
    var states: Batch

    /// Questions, targets and the like; targets of no meaning in evaluation.
    var tensors = TaskTensors()

    /// What dropout knows the items by; of no meaning in evaluation.
    var numbers: [UInt64] = []

    /// Bytes of all tensors.
    var bytes: Int {
        let elements = states.streams.values.map { stream in
            stream.states.map(\.count).reduce(
                (stream.lengths?.count ?? 0) + (stream.valid?.count ?? 0), +)
        }
        return (elements.reduce(0, +) + tensors.count) * MemoryLayout<Float>.stride
    }

    /// Calls `body` with each tensor, always in the same order: those of states, stream by stream, then
    /// those of the task, of which what evaluation has no use for comes last.
    mutating func forEachTensor(_ body: (inout Tensor) -> Void) {
        for stream in states.streams.streams {
            guard var tensors = states.streams.removeValue(forKey: stream) else { continue }
            tensors.forEachTensor(body)
            states.streams[stream] = tensors
        }
        tensors.forEachTensor(body)
    }
}
