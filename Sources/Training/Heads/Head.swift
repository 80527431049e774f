import Models
import Neural

/// What turns adapted streams into scores.
protocol Head: Module {
    func callAsFunction(_ inputs: HeadInputs) -> HeadOutputs
}

/// What a head reads.
struct HeadInputs {
    let streams: AdaptedStreams

    /// Rows of a clip, T, which lie together.
    let segments: Int

    /// What the task has added to the batch.
    let tensors: TaskVariables

    /// The tokens of a stream that stand for places, `[rows, N, C]`.
    let patches: (Stream) -> Variable

    /// Whether the loss is wanted, and what it alone needs.
    let isTraining: Bool

    /// A stream's rows as sequences of their clips, `[clips, T, C]`.
    func sequence(_ stream: Stream) -> Variable {
        guard let rows = streams[stream] else {
            preconditionFailure("a head of a stream that is not there")
        }
        return rows.reshaped(to: [rows.shape[0] / segments, segments, rows.columns])
    }
}

/// What a head makes of a batch.
struct HeadOutputs {
    /// What decides of each row, `[rows, columns]`.
    var scores: Variable

    /// What the loss reads beside.
    var parts: [Part: Variable] = [:]

    enum Part {
        /// Logits of not being background, `[rows, 1]`.
        case event

        /// Probabilities of the same, `[rows, 1]`.
        case gate

        /// Scores of each clip, `[clips, classes]`; those that the streams give by themselves.
        case clip
        case streams

        /// Scores of not belonging together and of doing so, `[2 · rows, 2]`: pairs that do come first.
        case matches
    }

    subscript(part: Part) -> Variable {
        guard let variable = parts[part] else { preconditionFailure("a head without \(part)") }
        return variable
    }
}
