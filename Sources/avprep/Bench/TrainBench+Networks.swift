import Models
import Neural
import Tensors

extension TrainBench.Network {
    /// Segments of a video.
    private static let segments = 10

    /// An AV-PEA ladder of a width beside two streams of ViT-B's, with four taps of 50 tokens.
    static func ladder(
        videos: Int, width: Int, using generator: inout SplitMix64
    ) -> TrainBench.Network {
        let (rows, features, patches, taps) = (videos * segments, 768, 49, 4)
        let ladder = AVPEALadder(
            AVPEALadder.Configuration(
                visual: features, audio: features, width: width, taps: taps), using: &generator)
        return TrainBench.Network(
            rows: rows, features: 2 * features, parameters: ladder.parameters
        ) { input in
            func states() -> StreamStates {
                StreamStates(
                    taps: (0..<taps).map { _ in
                        StreamStates.Tap(
                            classToken: input([rows, features]),
                            patches: input([rows, patches, features]))
                    }, final: input([rows, features]))
            }
            let out = ladder([.visual: states(), .audio: states()])
            return out.joined()
        }
    }

    /// The last blocks of a backbone with AV-PEA in them, for two streams of the same weights.
    ///
    /// - Parameters:
    ///   - backbone: Of both streams.
    ///   - blocks: How many of its blocks run.
    ///   - tokens: Of each stream's states.
    ///   - videos: In a batch.
    ///   - generator: Draws the adapters.
    /// - Returns: The network.
    /// - Throws: `BackboneError` if the backbone cannot be trained through.
    static func suffix(
        _ backbone: Backbone, blocks: Int, tokens: (visual: Int, audio: Int), videos: Int,
        using generator: inout SplitMix64
    ) throws -> TrainBench.Network {
        let first = max(0, backbone.model.depth - blocks), rows = videos * segments
        let suffix = try backbone.suffix(from: first)
        let shape = suffix.shape
        let adapters = try MethodCatalog.make(
            MethodCatalog.Choice(name: "av-pea"), placement: .suffix(.all(first)),
            streams: [.visual: shape, .audio: shape], using: &generator)
        return TrainBench.Network(
            rows: rows, features: 2 * shape.width, parameters: adapters.parameters
        ) { input in
            func states(_ tokens: Int) -> StreamStates {
                StreamStates(run: SuffixRun(suffix, input([rows, tokens, shape.width])))
            }
            let out = adapters([.visual: states(tokens.visual), .audio: states(tokens.audio)])
            return out.joined()
        }
    }
}
