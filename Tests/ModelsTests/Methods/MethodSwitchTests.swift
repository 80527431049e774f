import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Ablation switches: each changes what a method computes.
@Suite struct MethodSwitchTests {
    struct Switch: Sendable, CustomTestStringConvertible {
        let method: MethodCase
        let change: [String: MethodOption]

        var testDescription: String { "\(method.testDescription) → \(change)" }
    }

    private static func switches(
        of method: MethodCase, _ changes: [[String: MethodOption]]
    ) -> [Switch] {
        changes.map { Switch(method: method, change: $0) }
    }

    static let all =
        switches(
            of: MethodCase(name: "av-pea"),
            [
                ["layout": "two-per-block-g2"], ["layout": "one-per-block"], ["attention": "off"],
                ["attention": "relay"], ["attentionScale": "none"],
                ["attentionNorm": "layer-norm"], ["activation": "gelu"], ["reduction": 8],
                ["groups": 2], ["bias": false], ["normIn": false], ["normOut": true],
                ["batchNorm": true], ["zeroInit": "up"], ["streams": "audio-only"],
                ["streams": "visual-only"],
            ])
        + switches(
            of: MethodCase(name: "lavish"),
            [
                ["reduction": 4], ["tokens": 3], ["groups": 4], ["batchNorm": false],
                ["normBefore": false], ["normAfter": false], ["gateAudio": false],
                ["branch": "unimodal"], ["branch": "unimodal-relu"],
            ])
        + switches(
            of: MethodCase(name: "norm-tuning"),
            [["norms": false, "biases": true], ["biases": true], ["perStream": false]])
        + switches(of: MethodCase(name: "adapter"), [["hidden": 5]])
        + switches(of: MethodCase(name: "adaptformer"), [["hidden": 5], ["scale": 1]])
        + switches(of: MethodCase(name: "vpt-shallow"), [["tokens": 5]])
        + switches(of: MethodCase(name: "vpt-deep"), [["tokens": 5]])
        + switches(of: MethodCase(name: "lora"), [["rank": 4], ["alpha": 4]])

    private func outputs(
        _ options: [String: MethodOption], of test: MethodCase, noise: SampleNoise? = nil
    ) throws -> [Tensor] {
        let states = try SuffixCase.vit.states(seeds: [1, 2, 3, 4])
        let suffix = try SuffixCase.vit.suffix(from: 1)
        var changed = test
        changed.options = options
        let method = try changed.make(from: 1, [.visual: suffix.shape, .audio: suffix.shape])
        return withTape(noise: noise) { tape in
            func stream(_ rows: Range<Int>) -> StreamStates {
                let size = states[1].count / 4
                let part = states[1].elements[rows.lowerBound * size..<rows.upperBound * size]
                let shape = [rows.count] + states[1].shape.dropFirst()
                return StreamStates(
                    run: SuffixRun(suffix, tape.constant(Tensor(Array(part), shape: shape))))
            }
            let adapted = method([.visual: stream(0..<2), .audio: stream(2..<4)])
            return [Models.Stream.visual, .audio].compactMap { adapted[$0]?.value }
        }
    }

    @Test(arguments: all)
    func switchChangesTheOutput(test: Switch) throws {
        let before = try outputs(test.method.options, of: test.method)
        let after = try outputs(
            test.method.options.merging(test.change) { $1 }, of: test.method)
        #expect(zip(before, after).contains { relativeError($0, $1) > 1e-4 })
    }

    /// Nothing of the other stream goes into one whose class token does not read.
    @Test func withoutAttentionStreamsAreApart() throws {
        let test = MethodCase(name: "av-pea"), off: [String: MethodOption] = ["attention": "off"]
        let both = try outputs(off, of: test)
        let one = try outputs(off.merging(["streams": "visual-only"]) { $1 }, of: test)
        #expect(both[0] == one[0] && both[1] != one[1])
        let joined = try outputs([:], of: test)
        let half = try outputs(["streams": "visual-only"], of: test)
        #expect(joined[0] != half[0])
    }

    @Test func dropoutMattersInTrainingAlone() throws {
        let test = MethodCase(name: "adaptformer")
        let noise = SampleNoise(seed: 1, epoch: 0, samples: [5, 6])
        let some: [String: MethodOption] = ["dropout": 0.5, "scale": 1]
        let none: [String: MethodOption] = ["dropout": 0, "scale": 1]
        #expect(try outputs(some, of: test) == outputs(none, of: test))
        #expect(try outputs(some, of: test, noise: noise) != outputs(none, of: test))
    }

    @Test(arguments: [("uniform", Float(0)...1), ("zero", 0...0)])
    func latentTokensBeginAsTheOptionSays(name: String, range: ClosedRange<Float>) throws {
        let shape = StreamShape(widths: [32])
        var generator = SplitMix64(seed: 1)
        let method = try MethodCatalog.make(
            MethodCatalog.Choice(
                name: "lavish", options: ["latents": .text(name), "tokens": 64]),
            placement: .suffix(0), streams: [.visual: shape, .audio: shape], using: &generator)
        for latents in method.parameters where latents.name.hasSuffix("latents") {
            let elements = latents.value.elements
            #expect(elements.allSatisfy(range.contains))
            let mean = elements.reduce(0, +) / Float(elements.count)
            #expect(abs(mean - (range.lowerBound + range.upperBound) / 2) < 0.03)
        }
    }

    /// The audio stream is not the frozen one where its adapters have no gate.
    @Test func withoutGateAudioBeginsElsewhere() throws {
        let states = try SuffixCase.vit.states(seeds: [1, 2])
        let suffix = try SuffixCase.vit.suffix(from: 2)
        func untrained(_ gate: Bool) throws -> [Models.Stream: Tensor] {
            var generator = SplitMix64(seed: 3)
            let method = try MethodCatalog.make(
                MethodCatalog.Choice(name: "lavish", options: ["gateAudio": .flag(gate)]),
                placement: .suffix(2), streams: [.visual: suffix.shape, .audio: suffix.shape],
                using: &generator)
            return SuffixMethodTests.run(method, suffix, [states[2], states[2]]).outputs
        }
        let gated = try untrained(true), ungated = try untrained(false)
        #expect(gated[.audio] == gated[.visual] && gated[.audio] != ungated[.audio])
    }

    /// One copy takes the gradients of both streams.
    @Test func sharedCopyIsTrainedByBothStreams() throws {
        let states = try SuffixCase.vit.states(seeds: [1, 2])
        let suffix = try SuffixCase.vit.suffix(from: 1)
        let shapes: [Models.Stream: StreamShape] = [.visual: suffix.shape, .audio: suffix.shape]
        func gradients(_ isApart: Bool) throws -> [String: Tensor] {
            var generator = SplitMix64(seed: 3)
            let method = try MethodCatalog.make(
                MethodCatalog.Choice(
                    name: "norm-tuning", options: ["perStream": .flag(isApart)]),
                placement: .suffix(1), streams: shapes, using: &generator)
            return SuffixMethodTests.run(method, suffix, [states[1], states[1]]).gradients
        }
        let apart = try gradients(true), together = try gradients(false)
        for (name, sum) in together {
            let parts = try ["visual", "audio"].map {
                try #require(apart[name.replacing("shared", with: $0)])
            }
            var expected = parts[0]
            for i in expected.elements.indices { expected.elements[i] += parts[1].elements[i] }
            #expect(relativeError(sum, expected) < 1e-5, "\(name)")
        }
    }
}
