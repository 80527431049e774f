public import Tensors

/// What a backbone reads to make one set of token states.
public enum BackboneInput: Sendable {
    /// `[height, width, 3]` bytes, R G B.
    case picture(rgb: [UInt8], height: Int, width: Int)

    /// A log-mel spectrogram, `[frames, bands]`.
    case spectrogram(Tensor)

    case text(TokenizedText)

    public enum Kind: String, Sendable, CaseIterable {
        case pictures
        case spectrograms
        case texts
    }

    /// The size of an input, which decides how many tokens its states have.
    public enum Size: Sendable, Equatable {
        case picture(height: Int, width: Int)
        case spectrogram(frames: Int, bands: Int)

        /// The most tokens that a text has, special ones included.
        case text(tokens: Int)
    }

    public var size: Size {
        switch self {
        case .picture(_, let height, let width): .picture(height: height, width: width)
        case .spectrogram(let x): .spectrogram(frames: x.rows, bands: x.columns)
        case .text(let text): .text(tokens: text.ids.count)
        }
    }
}

/// A text as its backbone reads it.
public struct TokenizedText: Sendable, Equatable {
    /// Numbers of its tokens in the vocabulary, special ones included, without padding.
    public var ids: [Int]

    /// Whether the text was longer than the backbone reads.
    public var isTruncated = false

    public init(ids: [Int], isTruncated: Bool = false) {
        self.ids = ids
        self.isTruncated = isTruncated
    }
}
