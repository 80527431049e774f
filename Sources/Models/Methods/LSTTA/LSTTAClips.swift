import Neural
import Tensors

/// What is known of the clips of a batch: which of their segments have data, and how long their texts are.
///
/// Rows are ordered by clip, then by segment; there is a text for each clip.
struct LSTTAClips {
    let count: Int
    let segments: Int
    private let validity: [Stream: Variable]
    private let lengths: Variable?
    private let textPooling: TokenPooling

    /// - Parameters:
    ///   - streams: Those of a batch.
    ///   - rows: Of the visual and of the audio stream.
    ///   - segments: Rows of a clip.
    ///   - text: What stands for the whole of a text.
    ///   - tape: Where they are recorded.
    init(
        _ streams: [Stream: StreamStates], rows: Int, segments: Int, text: TokenPooling,
        on tape: Tape
    ) {
        precondition(rows.isMultiple(of: segments), "\(rows) rows of clips of \(segments) segments")
        (count, self.segments, textPooling) = (rows / segments, segments, text)
        let shape = [rows / segments, segments]
        validity = streams.filter { $0.key != .text }.mapValues { states in
            states.valid?.reshaped(to: shape) ?? tape.constant(Tensor(repeating: 1, shape: shape))
        }
        lengths = streams[.text]?.lengths ?? streams[.text]?.run?.lengths
    }

    /// 1 for each segment with data, else 0: `[B, T]`.
    func valid(_ stream: Stream) -> Variable {
        guard let valid = validity[stream] else { preconditionFailure("a stream of clips") }
        return valid
    }

    /// How many segments have data, `[B, 1]`.
    func validCount(_ stream: Stream) -> Variable {
        let valid = valid(stream)
        return valid.reshaped(to: [count, segments, 1]).meanOverTokens().times(Float(segments))
    }

    /// Rows of segments without data become zeros: `[B · T, C]`.
    func masked(_ rows: Variable, _ stream: Stream) -> Variable {
        rows.scalingRows(by: valid(stream).reshaped(to: [count * segments]))
    }

    /// Rows of segments by clip, zeros where there are no data: `[B, T, C]`.
    func byClip(_ rows: Variable, _ stream: Stream) -> Variable {
        masked(rows, stream).reshaped(to: [count, segments, rows.columns])
    }

    /// What stands for the whole of texts, `[B, d]`, of their tokens, `[B, N, d]`: the class token, or the mean
    /// of those that are there.
    func whole(_ tokens: Variable) -> Variable {
        precondition(tokens.shape[0] == count, "\(tokens.shape[0]) texts of \(count) clips")
        guard case .mean = textPooling, let lengths else {
            return textPooling(tokens, lengths: lengths)
        }
        let n = tokens.shape[1]
        let shares = lengths.tokenMask(of: n).rowShares().reshaped(to: [count, 1, n])
        return shares.batchedProduct(with: tokens).reshaped(to: [count, tokens.columns])
    }

    /// Rows behind the ends of texts become zeros: `[B, N, C]`.
    func maskedText(_ tokens: Variable) -> Variable {
        guard let lengths else { return tokens }
        return tokens.scalingRows(by: lengths.tokenMask(of: tokens.shape[1]))
    }
}
