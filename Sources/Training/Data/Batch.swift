import Models
import Neural
import Tensors

/// What one step reads: a row for each segment, clip by clip.
struct Batch {
    let visual: Stream
    let audio: Stream

    /// The label of each row.
    let labels: [Int]

    struct Stream {
        let taps: [(classTokens: Tensor, patches: Tensor)]
        let final: Tensor

        /// Stacks the states of some clips.
        init(_ clips: [StateReader.ClipStates], _ channels: Standardisation.Channels?) {
            taps = (clips.first?.taps.indices ?? 0..<0).map { tap in
                (
                    Tensor(stacking: clips.map { $0.taps[tap].classTokens }),
                    Tensor(stacking: clips.map { $0.taps[tap].patches })
                )
            }
            let final = Tensor(stacking: clips.map(\.final))
            self.final = channels?(final) ?? final
        }

        /// The states as constants of a tape.
        func states(on tape: Tape) -> StreamStates {
            StreamStates(
                taps: taps.map {
                    StreamStates.Tap(
                        classToken: tape.constant($0.classTokens),
                        patches: tape.constant($0.patches))
                }, final: tape.constant(final))
        }
    }
}

extension Tensor {
    /// Tensors that differ in the first axis only, one after the other.
    init(stacking tensors: [Tensor]) {
        let rows = tensors.map { $0.shape[0] }.reduce(0, +)
        self.init(
            tensors.flatMap(\.elements), shape: [rows] + (tensors.first?.shape.dropFirst() ?? []))
    }
}
