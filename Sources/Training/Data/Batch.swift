import Models

/// What one step reads: of each stream a row for each segment or text, sample by sample.
struct Batch: Sendable {
    var streams: [Stream: StreamTensors]

    /// What readers fill tensors by.
    var bytes = StateBytes()
}
