public import Neural
import Tensors

/// AV-PEA within the blocks: adapters in each pair of blocks, after attention and after the feed-forward
/// network; see ``PairedBlocks``.
///
/// Untrained, both gates of an adapter are closed, and the streams are the frozen ones.
///
/// The module is that of Radman and Laaksonen, *AV-PEA: Parameter-Efficient Adapter for Audio-Visual
/// Multimodal Learning*, VISAPP 2024; its equations are a reconstruction from what the paper says and
/// the count of its parameters, as are all its switches.
public struct AVPEASuffix: Method {
    /// How a stream is read by the class token of the other.
    struct Attention: Sendable {
        enum Mode: String, CaseIterable {
            case ownClass = "own-class"

            /// The patches also learn the other's class token.
            case relay
            case off
        }

        enum Scale: String, CaseIterable {
            case rootWidth = "root-width"
            case none
        }

        enum Norm: String, CaseIterable {
            case none
            case layerNorm = "layer-norm"
        }

        var mode = Mode.ownClass

        /// What scores are divided by.
        var scale = Scale.rootWidth

        /// Of both operands, the other stream's tokens as keys and as values.
        var norm = Norm.none
    }

    /// Where adapters are, and the sizes that go with that if no others are given.
    enum Layout: String, CaseIterable {
        case twoPerBlock = "two-per-block"
        case twoPerBlockInGroups = "two-per-block-g2"

        /// After the feed-forward network alone.
        case onePerBlock = "one-per-block"

        var options: [String: MethodOption] {
            switch self {
            case .twoPerBlock:
                [
                    "reduction": 16, "groups": 1, "bias": true, "normIn": true, "normOut": false,
                    "batchNorm": false,
                ]
            case .twoPerBlockInGroups:
                [
                    "reduction": 8, "groups": 2, "bias": true, "normIn": true, "normOut": false,
                    "batchNorm": false,
                ]
            case .onePerBlock:
                [
                    "reduction": 8, "groups": 1, "bias": false, "normIn": true, "normOut": true,
                    "batchNorm": true,
                ]
            }
        }
    }

    /// What is zero at first: a gate, or the second map of the bottleneck, which then has no gate.
    enum ZeroInitialisation: String, CaseIterable {
        case gate
        case up
    }

    /// Which streams have adapters.
    enum Adapted: String, CaseIterable {
        case both
        case audioOnly = "audio-only"
        case visualOnly = "visual-only"

        func contains(_ stream: Stream) -> Bool {
            switch self {
            case .both: true
            case .audioOnly: stream == .audio
            case .visualOnly: stream == .visual
            }
        }
    }

    let blocks: PairedBlocks<AVPEAPair>

    public var parameters: [Parameter] { blocks.parameters }
    public var buffers: [Parameter] { blocks.buffers }

    /// Creates untrained adapters, which change nothing yet, as a recipe's options say.
    init(_ site: MethodSite, using generator: inout SplitMix64) throws(MethodCatalog.Error) {
        guard let visual = site.streams[.visual], let audio = site.streams[.audio] else {
            preconditionFailure("AV-PEA was declared for two streams")
        }
        let options = site.options
        let layout = try options.choice("layout", Layout.self)
        let adapted = try options.choice("streams", Adapted.self)
        let attention = Attention(
            mode: try options.choice("attention", Attention.Mode.self),
            scale: try options.choice("attentionScale", Attention.Scale.self),
            norm: try options.choice("attentionNorm", Attention.Norm.self))
        var places: [PairedBlocks<AVPEAPair>.Place] = []
        for pair in site.pairs(visual, audio) {
            let sizes = (
                visual: try Self.sizes(visual.widths[pair.visual], options),
                audio: try Self.sizes(audio.widths[pair.audio], options)
            )
            func adapters(_ place: String) -> AVPEAPair {
                let v =
                    adapted.contains(.visual)
                    ? AVPEAAdapter(
                        "block.\(pair.visual).visual.\(place)", sizes.visual,
                        other: sizes.audio.width, shapes: (visual, audio), attention,
                        using: &generator) : nil
                let a =
                    adapted.contains(.audio)
                    ? AVPEAAdapter(
                        "block.\(pair.audio).audio.\(place)", sizes.audio,
                        other: sizes.visual.width, shapes: (audio, visual), attention,
                        using: &generator) : nil
                return AVPEAPair(visual: v, audio: a)
            }
            let first = layout == .onePerBlock ? nil : adapters("attention")
            places.append(
                .init(blocks: pair, attention: first, feedForward: adapters("feedForward")))
        }
        blocks = PairedBlocks(places: places)
    }

    /// The bottleneck of an adapter of a width.
    private static func sizes(
        _ width: Int, _ options: MethodOptions
    ) throws(MethodCatalog.Error) -> Bottleneck.Configuration {
        let zero = try options.choice("zeroInit", ZeroInitialisation.self)
        var sizes = try Bottleneck.Configuration(width: width, options)
        sizes.hasBias = try options.flag("bias")
        sizes.normBefore = try options.flag("normIn")
        sizes.normAfter = try options.flag("normOut")
        sizes.hasBatchNorm = try options.flag("batchNorm")
        sizes.activation =
            try options.choice("activation", Activation.self) == .gelu ? .gelu : .relu
        sizes.hasGate = zero == .gate
        sizes.up = zero == .up ? .zero : .torchLinear
        return sizes
    }

    private enum Activation: String, CaseIterable {
        case relu
        case gelu
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        blocks.finish(streams, &adapted)
        // A text takes no part in the exchange.
        if let text = streams[.text] { adapted.set(.text, to: text) }
        return adapted
    }
}

extension Bottleneck.Configuration {
    /// That of the options `reduction` and `groups`.
    ///
    /// - Throws: ``MethodCatalog/Error`` if the groups do not divide both widths.
    init(width: Int, _ options: MethodOptions) throws(MethodCatalog.Error) {
        let reduction = try options.integer("reduction", in: 1...1024)
        let groups = try options.integer("groups", in: 1...1024)
        let hidden = max(1, width / reduction)
        guard width.isMultiple(of: groups), hidden.isMultiple(of: groups) else {
            throw MethodCatalog.Error(
                description: "method.groups is \(groups); it must divide the width \(width) and "
                    + "the \(hidden) of the bottleneck")
        }
        self.init(width: width, hidden: hidden, groups: groups)
    }
}
