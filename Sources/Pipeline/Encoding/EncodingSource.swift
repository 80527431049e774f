import Models
import Storage
import Tensors

/// What states are computed from, row by row: a feature of clips, or the texts of samples.
protocol EncodingSource: Sendable {
    var shape: EncodingShape { get }

    /// Whether a row has data.
    func contains(_ key: String) -> Bool

    /// Checksum of a row's data; nil if it has none.
    func checksum(of key: String) throws -> UInt64?

    /// The data of a row.
    ///
    /// - Precondition: The source contains it.
    func row(of key: String) throws -> EncodingRow

    /// The rows that have no data to encode, or not all, with the reason.
    func failures(of keys: [String]) throws -> [(feature: String, failure: ClipFailure)]
}

/// What a backbone reads of one row.
struct EncodingRow: Sendable {
    /// Seconds of each segment; none for a text.
    var times: [Double]

    /// For each segment, or for each kept token of a text, whether its data are real.
    var valid: [Bool]

    /// One for each segment; nil where there are no data.
    var inputs: [BackboneInput?]
}

/// What encoding must know of its input before a row is read.
struct EncodingShape: Sendable, Equatable {
    /// What recipes say of the input.
    let identity: JSONValue

    /// Pictures or windows of a clip; 1 for a text.
    let segments: Int

    /// The size of each; of texts that of the longest.
    let size: BackboneInput.Size

    /// What its rows are.
    var rows: RowKind { if case .text = size { .texts } else { .clips } }

    /// An input of that size with nothing in it.
    var blank: BackboneInput {
        switch size {
        case .picture(let height, let width):
            .picture(
                rgb: [UInt8](repeating: 0, count: height * width * 3), height: height, width: width)
        case .spectrogram(let frames, let bands):
            .spectrogram(.init(shape: [frames, bands]))
        case .text(let tokens): .text(TokenizedText(ids: [Int](repeating: 0, count: tokens)))
        }
    }
}

extension EncodingShape {
    /// The shape of a feature's rows.
    init(_ feature: String, fingerprint: String, _ stream: Encoding.Stream, _ shape: [Int]) {
        self.init(
            identity: ["feature": .string(feature), "fingerprint": .string(fingerprint)],
            segments: shape[0],
            size: stream == .visual
                ? .picture(height: shape[1], width: shape[2])
                : .spectrogram(frames: shape[1], bands: shape[2]))
    }
}
