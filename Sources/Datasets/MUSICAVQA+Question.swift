import Foundation

extension MUSICAVQA {
    /// A row.
    struct Question {
        let number: Int
        let place: String

        let video: String

        /// The video whose sound goes with the pictures, where it is another one.
        let audioVideo: String?

        /// Every video it needs, once.
        var videos: [String] { [video] + (audioVideo.map { [$0] } ?? []) }

        /// `question_id`, which version 2.0 leaves out or writes with decimals.
        let id: String?

        /// `Audio`, `Visual` or `Audio-Visual`.
        let modality: String
        let type: String

        /// The question with placeholders such as `<Object>`.
        let template: String
        let values: [String]
        let answer: String
        let isDeleted: Bool
        private let details: [String: String]

        init(_ row: AnnotationRows.Row) throws(AnnotationError) {
            number = row.number
            place = row.place
            video = try row.text("video_id")
            let audio = try row.word("unmatch_audio")
            audioVideo = audio == video ? nil : audio
            id = try row.word("question_id")
            let kind = try row.list("type")
            guard kind.count == 2 else {
                throw row.error("key 'type' has \(kind.count) entries where 2 belong")
            }
            (modality, type) = (kind[0], kind[1])
            template = try row.text("question_content")
            values = try row.list("templ_values")
            answer = try row.text("anser")
            isDeleted = try ![nil, "0"].contains(row.word("question_deleted"))
            var details: [String: String] = [:]
            for key in ["audio_instrument", "video_instrument", "person"] {
                details[key] = try row.word(key)
            }
            self.details = details
        }

        func sample(split: String, video: AdditionalVideos.Video?) -> Sample {
            var fields = details
            fields["question_id"] = id
            fields["modality"] = modality
            fields["question_type"] = type
            fields["template"] = template
            fields["templ_values"] = (try? JSONEncoder().encode(values))
                .map { String(decoding: $0, as: UTF8.self) }
            fields["youtube_start"] = video.map { String($0.start) }
            fields["youtube_duration"] = video.map { String($0.duration) }
            return Sample(
                id: "\(split):\(number)", clip: self.video, split: split,
                text: MUSICAVQA.fill(template, values), answer: answer, audioClip: audioVideo,
                fields: fields)
        }

        /// What two rows with one `question_id` are to each other.
        func relation(to other: Question) -> (kind: String, what: String) {
            guard
                (video, template, modality, type) == (
                    other.video, other.template, other.modality, other.type
                ), values == other.values, audioVideo == other.audioVideo
            else { return ("repeated-question-id", "question ids of two different questions") }
            return answer == other.answer
                ? ("duplicate-row", "questions that occur twice")
                : ("contradictory-duplicate", "questions that occur twice with different answers")
        }

        func noteDefects(_ row: AnnotationRows.Row, _ tally: inout FindingTally) {
            if template.utf8.count(where: { $0 == UInt8(ascii: "<") }) != values.count {
                tally.note(
                    "template-mismatch", in: row.path,
                    "questions with more or fewer placeholders than values", at: place)
            }
            if MUSICAVQA.answerIndices[answer] == nil {
                tally.note(
                    "unknown-answer", in: row.path, "answers that are none of the 42",
                    at: "\(place) (\(answer))")
            }
            if !MUSICAVQA.types.contains("\(modality) \(type)") {
                tally.note(
                    "unknown-type", in: row.path, "questions of none of the nine types",
                    at: "\(place) (\(modality), \(type))")
            }
            if isDeleted {
                tally.note(
                    "deleted-question", in: row.path, "questions marked as deleted, and kept",
                    at: place)
            }
            for word in MUSICAVQA.words(of: template, values: values)
            where !MUSICAVQA.questionWordSet.contains(word) {
                tally.note(
                    "unknown-word", in: row.path, "words of questions that are none of the 93",
                    at: "\(place) (\(word))")
            }
            for key in row.values.keys.sorted() where !Self.keys.contains(key) {
                tally.note(
                    "unknown-key", in: row.path, "keys that the published files do not have",
                    at: "\(place) (\(key))")
            }
        }

        private static let keys: Set = [
            "video_id", "question_id", "type", "question_content", "templ_values",
            "question_deleted", "anser", "unmatch_audio", "audio_instrument", "video_instrument",
            "person",
        ]
    }

    /// Modality and type of the nine kinds of questions.
    static let types: Set = [
        "Audio Comparative", "Audio Counting", "Visual Counting", "Visual Location",
        "Audio-Visual Comparative", "Audio-Visual Counting", "Audio-Visual Existential",
        "Audio-Visual Location", "Audio-Visual Temporal",
    ]
}
