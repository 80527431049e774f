public import Neural
import Tensors

extension MethodKind {
    /// Bottleneck adapters beside the feed-forward networks of blocks.
    static let adaptFormer = MethodKind(
        name: "adaptformer", defaults: ["hidden": 64, "scale": 0.1, "dropout": 0.1],
        declare: { site throws(MethodCatalog.Error) in
            guard case .suffix = site.placement else {
                return .refused("it stands beside layers of the blocks; use placement suffix")
            }
            return .suffix(site.placement, site.streams)
        },
        make: { site, generator throws(MethodCatalog.Error) in
            try AdaptFormer(site, using: &generator)
        })
}

/// Bottleneck adapters beside the feed-forward network of each block that runs.
///
///     X⁺ = Y + MLP(LN₂ Y) + s · Up(dropout(ReLU(Down Y)))
///
/// The mid state Y is read as it is, and what is added is outside of the frozen residual, behind its norm
/// where that comes after. Up begins at zero: untrained, nothing is changed.
///
/// Source: Chen et al., *AdaptFormer*, 2022 (arXiv:2205.13535), eq. 3–4, and the authors' code,
/// `ShoufaChen/AdaptFormer`, `models/adapter.py`.
public struct AdaptFormer: Method {
    struct Layer: Module {
        let down: Linear
        let up: Linear

        var parameters: [Parameter] { down.parameters + up.parameters }

        init(_ name: String, width: Int, hidden: Int, using generator: inout SplitMix64) {
            down = Linear("\(name).down", inputs: width, outputs: hidden, using: &generator)
            down.bias?.value = Tensor(shape: [hidden])
            up = Linear(
                "\(name).up", inputs: hidden, outputs: width, initial: .zero, using: &generator)
        }
    }

    let layers: BlockModules<Layer>
    private let scale: Float
    private let dropout: Float

    public var parameters: [Parameter] { layers.parameters }

    init(_ site: MethodSite, using generator: inout SplitMix64) throws(MethodCatalog.Error) {
        let hidden = try site.options.integer("hidden", in: 1...65536)
        scale = Float(try site.options.number("scale"))
        dropout = Float(try site.options.number("dropout"))
        guard dropout < 1 else {
            throw MethodCatalog.Error(
                description: "method.dropout is \(dropout); it must be less than 1")
        }
        layers = BlockModules(site) {
            Layer($0, width: $1, hidden: hidden, using: &generator)
        }
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard var run = streams[stream]?.run else {
                preconditionFailure("AdaptFormer runs blocks of all streams")
            }
            while run.block < run.shape.depth {
                let y = run.needed(run.attended()), x = run.fed(y)
                let change = layers.parts[stream]?[run.block].map { layer in
                    layer.up(layer.down(y).relu().dropout(dropout)).times(scale)
                }
                run.leave(with: change.map { x + $0 } ?? x)
            }
            adapted.finish(stream, &run)
        }
        return adapted
    }
}
