import Models
import Tensors

/// Inputs of one kind and size that look like noise; the same ones each time.
struct MadeUpInputs {
    let kind: BackboneInput.Kind
    private let extents: [Int]

    /// Creates inputs of a size such as `224x224`, or of up to so many tokens; nil if it is no such size.
    init?(_ kind: BackboneInput.Kind, size: String) {
        self.kind = kind
        let parts = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        extents = parts.compactMap(\.self)
        guard extents.count == parts.count, extents.allSatisfy({ 1...16384 ~= $0 }) else {
            return nil
        }
        guard extents.count == (kind == .texts ? 1 : 2) else { return nil }
    }

    func input(_ number: Int) -> BackboneInput {
        var generator = SplitMix64(seed: UInt64(number))
        switch kind {
        case .pictures:
            let rgb = (0..<extents[0] * extents[1] * 3).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            return .picture(rgb: rgb, height: extents[0], width: extents[1])
        case .spectrograms:
            return .spectrogram(.random(in: -2...2, shape: extents, using: &generator))
        case .texts:
            // Lengths of questions differ; their tokens are below a thousand in every vocabulary.
            let count = Int.random(in: (extents[0] + 1) / 2...extents[0], using: &generator)
            let ids = (0..<count).map { _ in Int.random(in: 5..<1000, using: &generator) }
            return .text(TokenizedText(ids: ids))
        }
    }
}
