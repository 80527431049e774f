import Models
import Neural
import Tensors

/// A plain head for questions: scores of the means over time of sight and sound, beside the question.
///
///     scores = f([mean_t v ; mean_t a ; q]),   f linear or with a hidden layer
///
/// With the name `question` it reads the question alone, `W tanh(q) + b`: what the annotations give away.
struct AnswerHead: Head {
    /// Nil where the text encoder's state is read as it is.
    let question: QuestionEncoder?
    let classifier: any Classifier
    private let readsClips: Bool

    private static let width = 512

    var parameters: [Parameter] { (question?.parameters ?? []) + classifier.parameters }

    init(_ site: HeadCatalog.Site, using generator: inout SplitMix64) {
        readsClips = site.head.name != "question"
        let isPlain = readsClips && site.head.question == .encoder
        question =
            isPlain ? nil : QuestionEncoder(site, width: Self.width, using: &generator)
        let clips = site.widths.filter { $0.key != .text }.values.reduce(0, +)
        let asked = isPlain ? site.widths[.text] ?? 0 : Self.width
        classifier = HeadCatalog.classifier(
            site, inputs: asked + (readsClips ? clips : 0), using: &generator)
    }

    func callAsFunction(_ inputs: HeadInputs) -> HeadOutputs {
        guard let asked = question?(inputs) ?? inputs.streams[.text] else {
            preconditionFailure("questions without texts")
        }
        guard readsClips else { return HeadOutputs(scores: classifier(asked.tanh())) }
        var features: Variable?
        for stream in inputs.streams.pooled.streams where stream != .text {
            let mean = inputs.sequence(stream).meanOverTokens()
            let own = mean.repeated(asked.shape[0] / mean.shape[0])
            features = features?.concatenated(with: own) ?? own
        }
        return HeadOutputs(scores: classifier(features?.concatenated(with: asked) ?? asked))
    }
}
