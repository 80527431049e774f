import Tensors
import TestSupport
import Testing

@testable import Models

/// Merging by a queue against merging by looking for the earliest pair again and again.
@Suite struct BytePairsTests {
    /// Merges of random tokens, each spelt in one way or in several.
    private func merges(
        using generator: inout SplitMix64
    ) -> (tokens: [String], pairs: [(String, String)]) {
        var tokens = ["a", "b", "c"]
        var pairs: [(String, String)] = []
        while pairs.count < 60 {
            let pair = (
                tokens.randomElement(using: &generator)!, tokens.randomElement(using: &generator)!
            )
            guard pair.0.count + pair.1.count <= 6, !pairs.contains(where: { $0 == pair }) else {
                continue
            }
            pairs.append(pair)
            if !tokens.contains(pair.0 + pair.1) { tokens.append(pair.0 + pair.1) }
        }
        pairs.shuffle(using: &generator)
        return (tokens, pairs)
    }

    private func merged(_ word: [String], _ pairs: [(String, String)]) -> [String] {
        var word = word
        while true {
            let found = pairs.lazy.compactMap { pair in
                zip(word, word.dropFirst()).enumerated().first { $0.element == pair }?.offset
            }.first
            guard let place = found else { return word }
            word.replaceSubrange(place...place + 1, with: [word[place] + word[place + 1]])
        }
    }

    @Test(arguments: 0..<20)
    func tokensAreThoseOfTheEarliestMerges(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let (tokens, pairs) = merges(using: &generator)
        let model = try BytePairs(
            tokens.enumerated().map { (text: Array($1.utf8), id: $0) }, pairs: pairs, suffix: "",
            unknown: nil, { BackboneError("test", $0) })
        var scratch = BytePairs.Scratch()
        for length in 0..<60 {
            let word = (0..<length).map { _ in ["a", "b", "c"].randomElement(using: &generator)! }
            let bytes = Array(word.joined().utf8)
            var ids: [Int] = []
            model.append(bytes, 0..<bytes.count, to: &ids, &scratch)
            #expect(ids.map { tokens[$0] } == merged(word, pairs), "\(word.joined())")
        }
    }
}
