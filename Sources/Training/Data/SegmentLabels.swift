import Datasets

/// The label of each segment of a clip, for audio-visual event localisation.
enum SegmentLabels {
    /// The class of the event that covers each segment, or background.
    ///
    /// Segment t covers seconds [t·d, (t+1)·d); an event of [start, end) labels the segments that
    /// begin within it.
    ///
    /// - Returns: For each segment an index into the vocabulary; its count stands for background.
    static func labels(
        of sample: Sample, vocabulary: [String: Int], segments: Int, segmentDuration: Double
    ) -> [Int] {
        (0..<segments).map { segment in
            let start = Double(segment) * segmentDuration
            let event = sample.events.first { $0.start <= start && start < $0.end }
            return event.flatMap { vocabulary[$0.name] } ?? vocabulary.count
        }
    }
}
