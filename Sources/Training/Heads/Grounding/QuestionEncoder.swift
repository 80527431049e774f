import Models
import Neural
import Tensors

/// A vector for each question.
///
///     lstm:    q = W tanh([h ; c]) + b, of the last state of an LSTM over tanh(Emb(words)), padding included
///     encoder: q = W x + b, of the pooled state x of the cached text encoder
///
/// Source: Li et al., *Learning to Answer Questions in Dynamic Audio-Visual Scenarios*, CVPR 2022; the
/// authors' code, `net_grd_avst/net_avst.py`. The form with a cached encoder is a reconstruction.
struct QuestionEncoder: Module {
    /// Of `lstm` only.
    let recurrent: (words: Embedding, lstm: LSTM)?
    let output: Linear

    var parameters: [Parameter] {
        (recurrent.map { $0.words.parameters + $0.lstm.parameters } ?? []) + output.parameters
    }

    init(_ site: HeadCatalog.Site, width: Int, using generator: inout SplitMix64) {
        switch site.head.question {
        case .lstm:
            recurrent = (
                Embedding(
                    "head.question.words", count: site.words?.vocabulary.count ?? 1,
                    features: width, using: &generator),
                LSTM("head.question.lstm", inputs: width, hidden: width, using: &generator)
            )
            output = Linear(
                "head.question.output", inputs: 2 * width, outputs: width, using: &generator)
        case .encoder:
            recurrent = nil
            output = Linear(
                "head.question.output", inputs: site.widths[.text] ?? 0, outputs: width,
                using: &generator)
        }
    }

    /// `[samples, width]`.
    func callAsFunction(_ inputs: HeadInputs) -> Variable {
        guard let (words, lstm) = recurrent else {
            guard let text = inputs.streams[.text] else {
                preconditionFailure("questions without texts")
            }
            return output(text)
        }
        let (hidden, cell) = lstm.last(words(inputs.tensors[.words]).tanh())
        return output(hidden.concatenated(with: cell).tanh())
    }
}
