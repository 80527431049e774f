public import Neural
import Tensors

extension MethodKind {
    /// Bottleneck adapters in sequence with the layers of blocks.
    static let adapter = MethodKind(
        name: "adapter", defaults: ["hidden": 64],
        declare: { site throws(MethodCatalog.Error) in
            guard case .suffix = site.placement else {
                return .refused("it stands behind layers of the blocks; use placement suffix")
            }
            return .suffix(site.placement, site.streams)
        },
        make: { site, generator throws(MethodCatalog.Error) in
            try Adapter(site, using: &generator)
        })
}

/// Bottleneck adapters behind both layers of each block that runs.
///
///     f ← f + Up(GELU(Down f))
///
/// with what attention or the feed-forward network adds to the stream, f, behind its last map and a layer
/// scale, before its norm where one follows, and before the sum; GELU in its approximation by tanh. Weights
/// are so small at first that hardly anything is changed: normal of deviation 0.001, cut at twice that.
///
/// Source: Houlsby et al., *Parameter-Efficient Transfer Learning for NLP*, 2019 (arXiv:1902.00751), §2.1,
/// and the authors' code, `google-research/adapter-bert`, `modeling.py`. There the norms are trained too,
/// here not; and no backbone has a layer scale or norms as those of Swin V2.
public struct Adapter: Method {
    struct Layer: Module {
        let down: Linear
        let up: Linear

        var parameters: [Parameter] { down.parameters + up.parameters }

        init(_ name: String, width: Int, hidden: Int, using generator: inout SplitMix64) {
            let initial = WeightInitialisation.truncatedNormal(deviation: 1e-3)
            down = Linear(
                "\(name).down", inputs: width, outputs: hidden, initial: initial, using: &generator)
            up = Linear(
                "\(name).up", inputs: hidden, outputs: width, initial: initial, using: &generator)
        }

        func callAsFunction(_ f: Variable) -> Variable {
            f + up(down(f).activated(by: .geluTanh))
        }
    }

    /// By stream and block.
    let layers: BlockModules<Layers>

    /// Those of a block.
    struct Layers: Module {
        let attention: Layer
        let feedForward: Layer

        var parameters: [Parameter] { attention.parameters + feedForward.parameters }
    }

    public var parameters: [Parameter] { layers.parameters }

    init(_ site: MethodSite, using generator: inout SplitMix64) throws(MethodCatalog.Error) {
        let hidden = try site.options.integer("hidden", in: 1...65536)
        layers = BlockModules(site) { name, width in
            let attention = Layer(
                "\(name).attention", width: width, hidden: hidden, using: &generator)
            return Layers(
                attention: attention,
                feedForward: Layer(
                    "\(name).feedForward", width: width, hidden: hidden, using: &generator))
        }
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        layers.finish(streams) { layers in
            var hooks = AttentionHooks()
            hooks.branch = { layers.attention($0) }
            return hooks
        } feedForward: { layers in
            var hooks = FeedForwardHooks()
            hooks.branch = { layers.feedForward($0) }
            return hooks
        }
    }
}
