public import Neural
import Tensors

extension MethodKind {
    /// Training of what is no matrix in the blocks themselves.
    static let normTuning = MethodKind(
        name: "norm-tuning", defaults: ["norms": true, "biases": false, "perStream": true],
        declare: { site throws(MethodCatalog.Error) in
            guard case .suffix = site.placement else {
                return .refused("it trains norms and biases of the blocks; use placement suffix")
            }
            let hasBiases = try site.options.flag("biases")
            let hasNorms = try site.options.flag("norms")
            guard hasBiases || hasNorms else {
                return .refused("method.norms and method.biases are both false")
            }
            if hasBiases,
                let gated = site.streams.streams.first(where: { stream in
                    site.streams[stream]?.affine.isGated == true
                })
            {
                return .refused(
                    "feed-forward networks of the \(gated.rawValue) backbone are gated, and their "
                        + "biases are not apart; set method.biases to false")
            }
            if try !site.options.flag("perStream") {
                guard let visual = site.streams[.visual], let audio = site.streams[.audio],
                    visual.isLike(audio)
                else {
                    return .refused(
                        "one copy for both streams takes one backbone; set method.perStream to true"
                    )
                }
            }
            return .suffix(site.placement, site.streams)
        },
        make: { site, generator throws(MethodCatalog.Error) in try NormTuning(site) })
}

/// Tuning of the norms or of all biases of the blocks that run, and of the final norm.
///
/// What is trained is the difference from the frozen value, which is zero at first. That is the same as to
/// train the value, since vectors do not decay, and it makes the untrained model the frozen one.
///
/// Norms are those of the blocks, those with which maps are merged behind the first block that runs, and
/// the final one, scale and shift. Biases are the shifts of these norms and the biases of all maps of the
/// blocks; a map to queries, keys and values that has none is given some, but for the keys of Swin V2. What
/// lies below the first block, such as the embedding of patches and its norm, is in the cache and stays as
/// it is: of the biases of a whole backbone these are missing. So are those of the network that makes Swin
/// V2's biases of positions.
///
/// Streams with one backbone have a copy each, or one together; a text has its own.
///
/// Sources: for norms Lin et al., *Vision Transformers are Parameter-Efficient Audio-Visual Learners*,
/// 2023 (arXiv:2212.07983), whose code trains them for MUSIC-AVQA; for biases Ben Zaken et al., *BitFit*,
/// 2022 (arXiv:2106.10199).
public struct NormTuning: Method {
    /// Changes of a norm.
    struct Norm: Module {
        let weight: Parameter?
        let bias: Parameter

        var parameters: [Parameter] { (weight.map { [$0] } ?? []) + [bias] }

        init(_ name: String, _ width: Int, hasWeight: Bool) {
            weight = hasWeight ? Parameter("\(name).weight", Tensor(shape: [width])) : nil
            bias = Parameter("\(name).bias", Tensor(shape: [width]))
        }

        func change(_ tape: Tape) -> NormChange {
            NormChange(weight: weight.map(tape.variable), bias: tape.variable(bias))
        }
    }

    /// Changes of a block.
    struct Block: Module {
        let merging: Norm?
        let norm1: Norm
        let norm2: Norm

        /// Of queries, keys and values, behind attention, and of the feed-forward network.
        let qkv: Parameter?
        let projection: Parameter?
        let expansion: Parameter?
        let contraction: Parameter?

        private let width: Int

        var parameters: [Parameter] {
            (merging?.parameters ?? []) + norm1.parameters + norm2.parameters
                + [qkv, projection, expansion, contraction].compactMap { $0 }
        }

        init(
            _ name: String, _ shape: StreamShape, _ block: Int, isMerging: Bool, norms: Bool,
            biases: Bool
        ) {
            let width = shape.widths[block], sizes = shape.affine
            merging =
                isMerging && sizes.merging[block] > 0
                ? Norm("\(name).merging", sizes.merging[block], hasWeight: norms) : nil
            norm1 = Norm("\(name).norm1", width, hasWeight: norms)
            norm2 = Norm("\(name).norm2", width, hasWeight: norms)
            func bias(_ place: String, _ width: Int) -> Parameter? {
                biases ? Parameter("\(name).\(place).bias", Tensor(shape: [width])) : nil
            }
            qkv = bias("qkv", (sizes.hasKeyBias ? 3 : 2) * width)
            projection = bias("projection", width)
            expansion = bias("expansion", sizes.hidden[block])
            contraction = bias("contraction", width)
            self.width = width
        }

        func change(_ tape: Tape) -> BlockChange {
            var change = BlockChange()
            change.merging = merging?.change(tape) ?? NormChange()
            change.norm1 = norm1.change(tape)
            change.norm2 = norm2.change(tape)
            change.qkv = qkv.map { whole(tape.variable($0)) }
            change.projection = projection.map(tape.variable)
            change.expansion = expansion.map(tape.variable)
            change.contraction = contraction.map(tape.variable)
            return change
        }

        /// Changes of queries and values with nothing for the keys between them.
        private func whole(_ bias: Variable) -> Variable {
            guard bias.count == 2 * width else { return bias }
            let keys = bias.tape.constant(Tensor(shape: [width]))
            return bias.columns(0..<width).concatenated(with: keys)
                .concatenated(with: bias.columns(width..<2 * width))
        }
    }

    /// By whom they belong to, a stream or two of them.
    private let blocks: [String: [Int: Block]]
    private let finals: [String: Norm]
    private let owners: [Stream: String]

    public var parameters: [Parameter] {
        (Set(blocks.keys).union(finals.keys)).sorted().flatMap { owner in
            (blocks[owner] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value.parameters)
                + (finals[owner]?.parameters ?? [])
        }
    }

    /// Changes of nothing, as a recipe's options say.
    init(_ site: MethodSite) throws(MethodCatalog.Error) {
        let norms = try site.options.flag("norms"), biases = try site.options.flag("biases")
        let isShared = try !site.options.flag("perStream")
        var blocks: [String: [Int: Block]] = [:], finals: [String: Norm] = [:]
        var owners: [Stream: String] = [:]
        for stream in site.streams.streams {
            guard let shape = site.streams[stream] else { continue }
            let owner = isShared && stream != .text ? "shared" : stream.rawValue
            owners[stream] = owner
            let range = site.blocks(stream)
            for block in range {
                // With first blocks of their own, one stream may not merge where the other does.
                let isMerging = block > range.lowerBound
                if let known = blocks[owner]?[block], known.merging != nil || !isMerging {
                    continue
                }
                blocks[owner, default: [:]][block] = Block(
                    "block.\(block).\(owner)", shape, block, isMerging: isMerging, norms: norms,
                    biases: biases)
            }
            if shape.affine.hasFinalNorm, finals[owner] == nil {
                finals[owner] = Norm("final.\(owner)", shape.width, hasWeight: norms)
            }
        }
        (self.blocks, self.finals, self.owners) = (blocks, finals, owners)
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard var run = streams[stream]?.run, let owner = owners[stream] else {
                preconditionFailure("norms and biases of blocks of all streams are tuned")
            }
            let tape = run.state.tape
            run.changes = (blocks[owner] ?? [:]).mapValues { $0.change(tape) }
            run.finalChange = finals[owner]?.change(tape) ?? NormChange()
            adapted.finish(stream, &run)
        }
        return adapted
    }
}

extension StreamShape {
    /// Whether blocks may be those of one backbone; states may be as many as they like.
    fileprivate func isLike(_ other: StreamShape) -> Bool {
        // Before a checkpoint is read, a width may not be known.
        let hasWidths = zip(widths, other.widths).allSatisfy { $0 == $1 || $0 == 0 || $1 == 0 }
        return hasWidths && stages == other.stages && specials == other.specials
            && pooling == other.pooling
            && (affine == other.affine || widths.contains(0) || other.widths.contains(0))
    }
}
