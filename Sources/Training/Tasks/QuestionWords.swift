import Datasets
import Foundation

/// The words by which questions are known to a model that is trained on them.
struct QuestionWords: Codable, Sendable, Equatable {
    /// The padding first; the number of a word is its place.
    let vocabulary: [String]

    /// Words that each question is cut or padded to.
    let length: Int

    /// The words of the questions of train, in order of first appearance.
    ///
    /// Where all of them are words of MUSIC-AVQA, its published list is taken: the official training file,
    /// from which that is made, may not be at hand.
    init(_ train: [Sample]) {
        let questions = train.map(Self.words)
        let published = MUSICAVQA.questionWords
        var known: Set = [published[0]]
        let found = questions.joined().filter { known.insert($0).inserted }
        vocabulary =
            known.isSubset(of: published) ? published : [published[0]] + found
        length = max(MUSICAVQA.questionLength, questions.map(\.count).max() ?? 0)
    }

    /// Numbers of a question's words, `length` of them; words that are unknown count as padding.
    func numbers(of sample: Sample) -> [Float] {
        let words = Self.words(of: sample).prefix(length)
        let numbers = words.map { Float(vocabulary.firstIndex(of: $0) ?? 0) }
        return numbers + Array(repeating: 0, count: length - numbers.count)
    }

    /// The words of a question: of its template, where it has one, filled as the published code does.
    private static func words(of sample: Sample) -> [String] {
        let template = sample.fields["template"] ?? sample.text ?? ""
        let values = sample.fields["templ_values"].flatMap {
            try? JSONDecoder().decode([String].self, from: Data($0.utf8))
        }
        return MUSICAVQA.tokens(of: template, values: values ?? [])
            .filter { $0 != MUSICAVQA.questionWords[0] }
    }
}
