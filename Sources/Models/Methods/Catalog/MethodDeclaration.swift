/// What a method needs of the cache at a placement, and how it stands to its published form.
///
/// Planner, trainer and report read the same declaration.
public struct MethodDeclaration: Sendable, Equatable {
    /// The states that are read of each stream.
    public var seams: [Stream: [Seam]]

    public var exactness: Exactness

    /// Whether it reads which rows come from data.
    public var readsValidity: Bool

    /// Whether what a sample is trained to depends on the others of its batch, as with batch
    /// normalisation: then batch size and order are a part of the result.
    public var couplesSamples: Bool

    public init(
        seams: [Stream: [Seam]], exactness: Exactness, readsValidity: Bool = false,
        couplesSamples: Bool = false
    ) {
        self.seams = seams
        self.exactness = exactness
        self.readsValidity = readsValidity
        self.couplesSamples = couplesSamples
    }

    /// A state that is read from the cache.
    public struct Seam: Sendable, Hashable {
        /// k for the input of block k, the depth for the output of the last block.
        public var layer: Int
        public var tokens: Tokens

        public init(layer: Int, tokens: Tokens) {
            self.layer = layer
            self.tokens = tokens
        }
    }

    /// Which tokens of a state are read.
    public enum Tokens: String, Sendable {
        /// Every token, as the block above reads them.
        case all

        /// The class token and the patches, or means over a grid of them.
        case patches

        /// What stands for the whole, the class token or the mean, after the final norm.
        case pooled

        /// What stands for the whole, without that norm.
        case descriptor

        /// Every token after the final norm.
        case normed
    }

    /// Whether training from the cache is training the published method.
    public enum Exactness: Sendable, Equatable {
        /// It is, as its authors place it.
        case exact

        /// It is a variant that is trained exactly: adapters in blocks from these on only.
        case exactVariant(PerStream<Int>)

        /// States below are read, blocks above run.
        case hybrid

        /// It cannot be trained there.
        case refused(String)
    }

    /// What results are reported under, such as `lora@k8`.
    public func title(of method: String) -> String {
        guard case .exactVariant(let first) = exactness else { return method }
        guard case .each(let blocks) = first, Set(blocks.values).count > 1 else {
            return "\(method)@k\(first.values.first ?? 0)"
        }
        let parts = blocks.streams.map { "\($0.rawValue) \(blocks[$0] ?? 0)" }
        return "\(method)@k(\(parts.joined(separator: ", ")))"
    }
}

extension MethodDeclaration {
    /// Declares a method that works at some placements only.
    static func refused(_ reason: String) -> Self { Self(seams: [:], exactness: .refused(reason)) }

    /// The seams of adapters within the blocks that run: the state that enters the first.
    ///
    /// - Parameters:
    ///   - placement: A suffix.
    ///   - streams: Those that the model has.
    /// - Returns: The declaration, or the reason why it is refused.
    static func suffix(_ placement: Placement, _ streams: [Stream: StreamShape]) -> Self {
        var seams: [Stream: [Seam]] = [:], first: [Stream: Int] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream] else { continue }
            guard let block = placement.firstBlock(stream) else {
                return refused("placement.suffix says nothing of stream \(stream.rawValue)")
            }
            guard 0...shape.depth ~= block else {
                return refused(
                    "placement.suffix is \(block), and the \(stream.rawValue) backbone has blocks 0 to "
                        + "\(shape.depth - 1)")
            }
            seams[stream] = [Seam(layer: block, tokens: .all)]
            first[stream] = block
        }
        let isWhole = first.values.allSatisfy { $0 == 0 }
        return Self(seams: seams, exactness: isWhole ? .exact : .exactVariant(.each(first)))
    }

    /// The seams of a ladder: tapped layers, and the pooled final state.
    static func ladder(_ placement: Placement, _ streams: [Stream: StreamShape]) -> Self {
        var seams: [Stream: [Seam]] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream] else { continue }
            let layers = placement.taps(stream)
            guard layers == Set(layers).sorted() else {
                return refused("placement.ladder lists layers in ascending order, each once")
            }
            if let wrong = layers.first(where: { !(0...shape.depth ~= $0) }) {
                return refused(
                    "placement.ladder has layer \(wrong), and the \(stream.rawValue) backbone has 0 to "
                        + "\(shape.depth)")
            }
            seams[stream] =
                layers.map { Seam(layer: $0, tokens: .patches) }
                + [Seam(layer: shape.depth, tokens: .pooled)]
        }
        return Self(seams: seams, exactness: .exact)
    }
}
