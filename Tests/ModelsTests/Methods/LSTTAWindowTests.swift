import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// How many segments a segment of LSTTA sees, in clips that are longer than the narrow windows.
@Suite struct LSTTAWindowTests {
    static let segments = 6

    private func suffix(_ window: MethodOption) throws -> [Models.Stream: Tensor] {
        var test = ClipMethodCase.lstta(["window": window, "language": "off"])
        test.segments = Self.segments
        let suffixes = try test.suffixes(from: test.first)
        return ClipMethodCase.run(
            try test.moved(suffixes.mapValues(\.shape)), suffixes,
            try test.states(layer: test.first)
        ).outputs
    }

    private func ladder(_ window: MethodOption) throws -> [Models.Stream: Tensor] {
        let test = ClipLadderCase.lstta(
            ["window": window, "language": "off"], segments: Self.segments)
        let method = try test.moved()
        return withTape(recording: false) {
            method(test.states(on: $0)).pooled.mapValues(\.value)
        }
    }

    /// A window of T segments reaches ⌊T / 2⌋ to either side, as one of 7 does where T is 6; all
    /// windows that reach less far give something else.
    @Test(arguments: [true, false])
    func windowOfTheClipReachesHalfOfItToEitherSide(isWithinBlocks: Bool) throws {
        let outputs = isWithinBlocks ? suffix : ladder
        let widest = try outputs("T")
        #expect(try outputs(7) == widest)
        var last = widest
        for window in [5, 3, 1] {
            let narrow = try outputs(.integer(window))
            for stream in [Models.Stream.visual, .audio] {
                let x = try #require(narrow[stream])
                #expect(relativeError(x, try #require(widest[stream])) > 1e-5, "\(window)")
                #expect(relativeError(x, try #require(last[stream])) > 1e-5, "\(window)")
            }
            last = narrow
        }
    }
}
