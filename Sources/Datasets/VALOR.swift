/// VALOR-32K: 32,000 videos of about 10 s with a caption of what is seen and heard.
///
/// On disk: `train_id.json` and so on, a list of ids for each split; `txt_mapper.json`, an object with a
/// list for each id, of captions or of objects `question`, `answer`; `caption_annotation.json`, a list of
/// objects `video_id`, `caption`, which counts for ids that the first lacks. Annotations may lie below
/// the root or in `annotations`, `VALOR32K`, `datasets/annotations/VALOR32K`.
///
/// An id is `<YouTube id>_<start>_<end>`, times in seconds with three decimals: its dots are no
/// extension. An id has one sample for each caption or question, `<id>#0` and so on.
///
/// Source: Chen et al., *VALOR: Vision-Audio-Language Omni-Perception Pretraining Model and Dataset*,
/// arXiv:2304.08345; <https://github.com/TXH-mercury/VALOR>.
enum VALOR: DatasetReader {
    static let folders = ["annotations", "VALOR32K", "datasets/annotations/VALOR32K"]

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let places = AnnotationPlaces(root: root, folders: folders)
        let texts = try Texts(manifest, places)
        var samples: [Sample] = [], clips = ClipList(), tally = FindingTally(),
            absent: [String] = []
        for (split, name) in manifest.orderedSplits {
            guard let path = places.find(name) else {
                absent.append(name)
                continue
            }
            let names = try JSONAnnotations.read([String].self, from: path)
            for (index, name) in names.enumerated() {
                let clip = VALORClip(name: name)
                if let objection = clips.objection(to: clip.id) {
                    throw AnnotationError(
                        "read \(path)", "entry \(index): id '\(name)' \(objection)")
                }
                if clip.isShort {
                    tally.note(
                        "short", in: path, "clips of less than 9.5 s",
                        at: "\(path), entry \(index) ('\(name)')")
                }
                clips.add(clip.id, path: manifest.mediaPath(of: clip.id, root: root))
                let found = texts.samples(of: clip.id, split: split)
                if found.count == 1, found[0].text == nil, !texts.isEmpty {
                    tally.note(
                        "no-caption", in: path, "clips without a caption",
                        at: "\(path), entry \(index) ('\(name)')")
                }
                samples += found
            }
        }
        guard !samples.isEmpty else { throw places.noneFound(manifest.orderedSplits.map(\.file)) }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: [],
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root)
                + AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: manifest.expect)
    }

    /// What is said about each id.
    private struct Texts {
        /// A caption, or a question with its answer.
        private enum Text: Decodable {
            case caption(String)
            case question(String, answer: String)

            private enum CodingKeys: String, CodingKey { case question, answer }

            init(from decoder: any Decoder) throws {
                if let caption = try? decoder.singleValueContainer().decode(String.self) {
                    self = .caption(caption)
                } else {
                    let values = try decoder.container(keyedBy: CodingKeys.self)
                    self = .question(
                        try values.decode(String.self, forKey: .question),
                        answer: try values.decode(String.self, forKey: .answer))
                }
            }
        }

        private struct Annotation: Decodable {
            let video_id: String
            let caption: String
        }

        private var texts: [String: [Text]] = [:]

        init(_ manifest: DatasetManifest, _ places: AnnotationPlaces) throws(AnnotationError) {
            if let path = manifest.files["texts"].flatMap({ places.find($0) }) {
                for (name, list) in try JSONAnnotations.read([String: [Text]].self, from: path) {
                    texts[VALORClip(name: name).id] = list
                }
            }
            if let path = manifest.files["captions"].flatMap({ places.find($0) }) {
                let list = try JSONAnnotations.read([Annotation].self, from: path)
                let captions = Dictionary(grouping: list) { VALORClip(name: $0.video_id).id }
                texts.merge(captions.mapValues { $0.map { .caption($0.caption) } }) { first, _ in
                    first
                }
            }
        }

        var isEmpty: Bool { texts.isEmpty }

        func samples(of id: String, split: String) -> [Sample] {
            guard let texts = texts[id], !texts.isEmpty else {
                return [Sample(id: id, clip: id, split: split)]
            }
            return texts.enumerated().map { index, text in
                var sample = Sample(id: "\(id)#\(index)", clip: id, split: split)
                switch text {
                case .caption(let caption): sample.text = caption
                case .question(let question, let answer):
                    sample.text = question
                    sample.answer = answer
                }
                return sample
            }
        }
    }
}
