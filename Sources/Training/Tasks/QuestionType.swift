import Datasets

/// What a question of MUSIC-AVQA asks about, and how.
struct QuestionType: Hashable, Sendable {
    /// `Audio`, `Visual` or `Audio-Visual`.
    let modality: String

    /// Such as `Counting`.
    let kind: String

    /// Nil if the annotations do not say.
    init?(_ sample: Sample) {
        guard let modality = sample.fields["modality"], let kind = sample.fields["question_type"]
        else { return nil }
        (self.modality, self.kind) = (modality, kind)
    }

    private init(_ modality: String, _ kind: String) {
        (self.modality, self.kind) = (modality, kind)
    }

    /// In the order of published tables.
    static let published = [
        QuestionType("Audio", "Counting"), QuestionType("Audio", "Comparative"),
        QuestionType("Visual", "Counting"), QuestionType("Visual", "Location"),
        QuestionType("Audio-Visual", "Existential"), QuestionType("Audio-Visual", "Counting"),
        QuestionType("Audio-Visual", "Location"), QuestionType("Audio-Visual", "Comparative"),
        QuestionType("Audio-Visual", "Temporal"),
    ]

    private var name: String { "\(modality) \(kind)".lowercased() }

    /// Accuracy of each type, of each modality over its questions, and the mean of the modalities' means
    /// over types, which some published rows have as their overall figure.
    ///
    /// `types` are those of the judged samples.
    static func figures(_ judged: Judgement, types: [QuestionType?]) -> [Figure] {
        var indices: [QuestionType: [Int]] = [:], others: [QuestionType] = []
        for (index, type) in types.enumerated() {
            guard let type else { continue }
            if indices[type] == nil, !published.contains(type) { others.append(type) }
            indices[type, default: []].append(index)
        }
        var figures: [Figure] = [], means: [Double] = []
        let all = (published + others).filter { indices[$0] != nil }
        var modalities: [String] = []
        for type in all where !modalities.contains(type.modality) {
            modalities.append(type.modality)
        }
        for modality in modalities {
            let own = all.filter { $0.modality == modality }
            let values = own.map { type in
                let samples = indices[type] ?? []
                let figure = Figure(
                    name: type.name, value: judged.accuracy(samples), count: samples.count)
                figures.append(figure)
                return figure.value
            }
            means.append(values.reduce(0, +) / Double(values.count))
            let samples = own.flatMap { indices[$0] ?? [] }
            figures.append(
                Figure(
                    name: modality.lowercased(), value: judged.accuracy(samples),
                    count: samples.count))
        }
        guard !means.isEmpty else { return [] }
        return figures + [
            Figure(
                name: "mean of means", value: means.reduce(0, +) / Double(means.count),
                count: judged.samples.count)
        ]
    }
}
