extension MSRVTT {
    /// The captions of all videos, by video.
    struct Captions {
        private struct File: Decodable {
            let videos: [Video]?
            let sentences: [Sentence]
        }

        private struct Sentence: Decodable {
            let caption: String
            let video: String
            let number: Int?

            private enum CodingKeys: String, CodingKey {
                case caption
                case video = "video_id"
                case number = "sen_id"
            }
        }

        private struct Video: Decodable {
            let id: String
            let category: Int?
            let url: String?
            let start: Double?
            let end: Double?

            // The names have blanks in them.
            private enum CodingKeys: String, CodingKey {
                case category, url
                case id = "video_id"
                case start = "start time"
                case end = "end time"
            }

            var fields: [String: String] {
                [
                    "category": category.map(String.init), "url": url,
                    "start time": start.map { "\($0)" }, "end time": end.map { "\($0)" },
                ].compactMapValues { $0 }
            }
        }

        private var sentences: [String: [Sentence]] = [:]
        private var fields: [String: [String: String]] = [:]

        /// Reads the files that are there; the first that has captions of a video has them all.
        init(_ manifest: DatasetManifest, _ places: AnnotationPlaces) throws(AnnotationError) {
            for (key, name) in manifest.files.sorted(by: { $0.key < $1.key })
            where key.hasPrefix("captions") {
                guard let path = places.find(name) else { continue }
                let file = try JSONAnnotations.read(File.self, from: path)
                sentences.merge(Dictionary(grouping: file.sentences, by: \.video)) { first, _ in
                    first
                }
                for video in file.videos ?? [] where fields[video.id] == nil {
                    fields[video.id] = video.fields
                }
            }
        }

        var isEmpty: Bool { sentences.isEmpty }

        func has(_ entry: List.Entry) -> Bool { sentences[entry.video] != nil }

        /// One sample for each caption of a video, or one without text.
        func samples(of entry: List.Entry, split: String) -> [Sample] {
            let fields = fields[entry.video] ?? [:]
            guard entry.sentence == nil, let sentences = sentences[entry.video] else {
                return [
                    Sample(
                        id: entry.key ?? entry.video, clip: entry.video, split: split,
                        text: entry.sentence, fields: fields)
                ]
            }
            return sentences.enumerated().map { index, sentence in
                var fields = fields
                fields["sen_id"] = sentence.number.map(String.init)
                return Sample(
                    id: "\(entry.video)#\(index)", clip: entry.video, split: split,
                    text: sentence.caption, fields: fields)
            }
        }
    }
}
