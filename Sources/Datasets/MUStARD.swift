import Foundation

/// MUStARD: 690 utterances from television series, half of them sarcastic, with what was said before.
///
/// On disk: `sarcasm_data.json`, an object of `utterance`, `speaker`, `context`, `context_speakers`,
/// `show`, `sarcasm` for each id, such as `1_60`; `utterances_final/<id>.mp4`; and the scene before it,
/// `context_final/<id>_c.mp4`, which is the manifest's file `context`. The table may lie below the root
/// or in `data`.
///
/// Samples are in the order of the bytes of their ids. Their field `context_clip` names the clip of the
/// scene before, a clip of its own; without the manifest's file `context` there are no such clips.
/// `context` and `context_speakers` are JSON lists.
///
/// There is no official split. The field `fold` is 0 to 4: samples are put into the order of label, show
/// and a hash of the id, and dealt to the folds in turn, so that folds differ by one at most in the number
/// of samples of each label, and of each label and show. A sample's fold does not depend on the machine.
///
/// Source: Castro et al., *Towards Multimodal Sarcasm Detection (An _Obviously_ Perfect Paper)*, ACL 2019;
/// <https://github.com/soujanyaporia/MUStARD>.
enum MUStARD: DatasetReader {
    static let foldCount = 5

    private struct Entry: Decodable {
        let utterance: String
        let speaker: String
        let context: [String]
        let speakers: [String]
        let show: String
        let isSarcastic: Bool

        private enum CodingKeys: String, CodingKey {
            case utterance, speaker, context, show
            case speakers = "context_speakers"
            case isSarcastic = "sarcasm"
        }
    }

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let path = try AnnotationPlaces(root: root, folders: ["data"])
            .require(manifest.annotations ?? "sarcasm_data.json")
        let entries = try JSONAnnotations.read([String: Entry].self, from: path)
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        guard !entries.isEmpty else { throw AnnotationError("read \(path)", "it has no entries") }
        let folds = folds(of: entries)
        let context = manifest.files["context"].map(PathPattern.init)
        var samples: [Sample] = [], clips = ClipList(), tally = FindingTally()
        for (id, entry) in entries {
            if let objection = clips.objection(to: id) {
                throw AnnotationError("read \(path)", "id '\(id)' \(objection)")
            }
            if entry.context.count != entry.speakers.count {
                tally.note(
                    "context-mismatch", in: path,
                    "entries with another number of context_speakers than of context",
                    at: "\(path), '\(id)'")
            }
            clips.add(id, path: manifest.mediaPath(of: id, root: root))
            var fields = [
                "speaker": entry.speaker, "show": entry.show, "context": json(entry.context),
                "context_speakers": json(entry.speakers), "fold": String(folds[id] ?? 0),
            ]
            if let context {
                guard folds["\(id)_c"] == nil else {
                    throw AnnotationError("read \(path)", "id '\(id)_c' is that of a context")
                }
                fields["context_clip"] = "\(id)_c"
                clips.add("\(id)_c", path: "\(root)/\(context.path(["id": id]))")
            }
            samples.append(
                Sample(
                    id: id, clip: id, split: nil, labels: [vocabulary[entry.isSarcastic ? 1 : 0]],
                    text: entry.utterance, fields: fields))
        }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: vocabulary,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: countFindings(samples.count, manifest, path) + tally.findings)
    }

    private static let vocabulary = ["not sarcastic", "sarcastic"]

    /// What is odd about the number of samples and splits.
    private static func countFindings(
        _ count: Int, _ manifest: DatasetManifest, _ path: String
    ) -> [AnnotationFinding] {
        var findings = [
            AnnotationFinding(
                kind: "no-split", count: count,
                message:
                    "there is no official split; the field 'fold' holds one of \(foldCount) folds "
                    + "by label, show and hash of the id")
        ]
        if let expected = manifest.expect["all"], expected != count {
            findings.append(
                AnnotationFinding(
                    kind: "unexpected-count", count: count,
                    message: "\(path) has \(count) entries; the official edition has \(expected)"))
        }
        return findings
    }

    private static func folds(of entries: [(key: String, value: Entry)]) -> [String: Int] {
        let order = entries.map { id, entry in
            (label: entry.isSarcastic ? 1 : 0, show: entry.show, hash: hash(id), id: id)
        }.sorted { ($0.label, $0.show, $0.hash, $0.id) < ($1.label, $1.show, $1.hash, $1.id) }
        return Dictionary(
            uniqueKeysWithValues: order.enumerated().map { ($1.id, $0 % foldCount) })
    }

    /// FNV-1a with 64 bits (Fowler, Noll and Vo), and the finalizer of MurmurHash3, since ids are short.
    private static func hash(_ text: String) -> UInt64 {
        var hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }

    private static func json(_ texts: [String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A list of texts always has a JSON form.
        return (try? encoder.encode(texts)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }
}
