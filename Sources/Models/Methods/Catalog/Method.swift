public import Neural

/// What a method is given of one stream: states that never change, and blocks that run on them.
public struct StreamStates {
    /// The tapped layers, lowest first.
    public let taps: [Tap]

    /// Layers whose tokens are all read, `[rows, N, C]`, lowest first.
    public let layers: [Variable]

    /// Layers of which what stands for the whole is read, `[rows, C]`, lowest first.
    public let descriptors: [Variable]

    /// The pooled state after the backbone's final norm, `[rows, C]`; nil where blocks run.
    public let final: Variable?

    /// All tokens of the final state after that norm, `[rows, N, C]`; nil unless they are read.
    public let finalTokens: Variable?

    /// 1 for each row that comes from data and 0 for others, `[rows]`; nil unless it is read.
    public let valid: Variable?

    /// How many tokens each row of a stream of texts has, `[rows]`; nil for other streams.
    public let lengths: Variable?

    /// The blocks that run, at the state that enters the first; nil where none do.
    public let run: SuffixRun?

    /// A layer's cached tokens, the class token and the patches apart.
    public struct Tap {
        /// The class token or what takes its place, `[rows, C]`.
        public let classToken: Variable

        /// `[rows, N, C]`.
        public let patches: Variable

        public init(classToken: Variable, patches: Variable) {
            self.classToken = classToken
            self.patches = patches
        }
    }

    public init(
        taps: [Tap] = [], layers: [Variable] = [], descriptors: [Variable] = [],
        final: Variable? = nil, finalTokens: Variable? = nil, valid: Variable? = nil,
        lengths: Variable? = nil, run: SuffixRun? = nil
    ) {
        (self.taps, self.layers, self.descriptors) = (taps, layers, descriptors)
        (self.final, self.finalTokens) = (final, finalTokens)
        (self.valid, self.lengths, self.run) = (valid, lengths, run)
    }
}

/// A way to adapt frozen streams whose token states are cached.
public protocol Method: Module {
    /// Adapts the streams; each of them is in the result.
    func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams

    /// Width of the rows that it returns of a stream; nil if it is that of the backbone's final state.
    func width(of stream: Stream) -> Int?

    /// Its parameters by layer, lowest first, for rates that fall from layer to layer.
    var layers: [[Parameter]] { get }
}

extension Method {
    /// That of the final state, as of most methods.
    public func width(of stream: Stream) -> Int? { nil }

    /// Widths of the rows that it returns, which heads read.
    public func widths(beside streams: [Stream: StreamShape]) -> [Stream: Int] {
        streams.reduce(into: [:]) { $0[$1.key] = width(of: $1.key) ?? $1.value.width }
    }

    /// Those whose names say a block, a boundary of blocks or a tap of a stream, such as
    /// `block.3.visual.down.weight`, are as far below the topmost layer as that is below the topmost of its
    /// stream; all others are of the topmost.
    public var layers: [[Parameter]] {
        func place(_ parameter: Parameter) -> (stream: Substring, layer: Int)? {
            let parts = parameter.name.split(separator: ".")
            guard parts.count > 3, ["block", "boundary", "tap"].contains(parts[0]),
                let layer = Int(parts[1])
            else { return nil }
            return (parts[2], layer)
        }
        let places = parameters.map(place)
        let tops = Dictionary(places.compactMap { $0.map { ($0.stream, $0.layer) } }) {
            max($0, $1)
        }
        var layers: [Int: [Parameter]] = [:]
        for (parameter, place) in zip(parameters, places) {
            let distance = place.map { (tops[$0.stream] ?? $0.layer) - $0.layer } ?? 0
            layers[distance, default: []].append(parameter)
        }
        return layers.sorted { $0.key > $1.key }.map(\.value)
    }
}
