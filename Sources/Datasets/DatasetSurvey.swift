import Foundation

/// What a data set should have, what its annotations have, and what of that is on disk.
///
/// Each folder with clips is listed once. Nothing but regular files is opened, and of those only small
/// ones, to tell web pages and pointers from clips; links are followed to files and not to folders.
public struct DatasetSurvey: Sendable, Equatable {
    /// A row of the table of expected against found.
    public struct Row: Sendable, Equatable {
        /// `train`, `val`, `test`; nil for samples without a split, or for all samples.
        public let split: String?

        /// Samples of the official edition; nil where it has no such split.
        public let expectedSamples: Int?

        /// Samples of the annotations at hand.
        public internal(set) var samples = 0

        /// Of those, samples whose clips are all on disk.
        public internal(set) var samplesOnDisk = 0

        /// Distinct clips of the samples, those for sound alone included.
        public internal(set) var clips = 0

        public internal(set) var clipsOnDisk = 0

        /// Clips without a file, or with something else under its name.
        public var clipsMissing: Int { clips - clipsOnDisk }
    }

    /// Things of one kind, counted, with the first few.
    public struct Group: Sendable, Equatable {
        /// What they are, such as `empty` or `a Git LFS pointer, not the file itself`.
        public let what: String
        public let count: Int

        /// Paths of the first in alphabetical order.
        public let examples: [String]
    }

    public let dataset: String

    /// One for each split, in the order train, val, test, others, none.
    public let splits: [Row]
    public let total: Row

    /// Media files beside the clips that no clip names.
    public let extras: Group

    /// What is no clip though it has a clip's name or is among them, by reason.
    public let notClips: [Group]

    /// Whether clips are known to be missing everywhere, so that missing ones are no error.
    public let isIncomplete: Bool

    /// Surveys the files of a data set.
    ///
    /// - Parameters:
    ///   - dataset: What the annotations say.
    ///   - limit: How many paths of each group to name.
    public init(of dataset: Dataset, examples limit: Int = 10) {
        self.dataset = dataset.name
        isIncomplete = dataset.isIncomplete
        let media = MediaSurvey(dataset.clips)
        extras = Group("media files that no clip names", media.extras, limit)
        notClips = media.notClips.sorted { $0.key < $1.key }.map { Group($0, $1, limit) }

        func row(_ split: String?, _ expected: Int?, _ samples: some Sequence<Sample>) -> Row {
            var row = Row(split: split, expectedSamples: expected), clips: Set<String> = []
            for sample in samples {
                var isOnDisk = true
                for clip in [sample.clip, sample.audioClip ?? sample.clip] {
                    let isThere = media.present.contains(clip)
                    isOnDisk = isOnDisk && isThere
                    guard clips.insert(clip).inserted else { continue }
                    row.clips += 1
                    if isThere { row.clipsOnDisk += 1 }
                }
                row.samples += 1
                if isOnDisk { row.samplesOnDisk += 1 }
            }
            return row
        }
        let samples = Dictionary(grouping: dataset.samples, by: \.split)
        let names = Set(samples.keys).union(dataset.expected.keys.map { $0 })
        func rank(_ split: String?) -> (Int, String) {
            guard let split else { return (4, "") }
            return (["train", "val", "test"].firstIndex(of: split) ?? 3, split)
        }
        splits = names.sorted { rank($0) < rank($1) }.map { split in
            row(split, split.flatMap { dataset.expected[$0] }, samples[split] ?? [])
        }
        let expected = dataset.expected.values.reduce(0, +)
        total = row(nil, dataset.expected.isEmpty ? nil : expected, dataset.samples)
    }
}

extension DatasetSurvey.Group {
    fileprivate init(_ what: String, _ paths: [String], _ limit: Int) {
        self.init(what: what, count: paths.count, examples: Array(paths.sorted().prefix(limit)))
    }
}
