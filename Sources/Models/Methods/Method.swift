public import Neural

/// What a method is given of one stream: states that never change, and blocks that run on them.
public struct StreamStates {
    /// The tapped layers, lowest first.
    public let taps: [Tap]

    /// Layers whose tokens are all read, `[rows, N, C]`, lowest first.
    public let layers: [Variable]

    /// The pooled state after the backbone's final norm, `[rows, C]`; nil where blocks run.
    public let final: Variable?

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
        taps: [Tap] = [], layers: [Variable] = [], final: Variable? = nil, run: SuffixRun? = nil
    ) {
        self.taps = taps
        self.layers = layers
        self.final = final
        self.run = run
    }
}

/// A way to adapt frozen streams whose token states are cached.
public protocol Method: Module {
    /// Adapts the streams.
    ///
    /// - Returns: For each stream a row for each of its inputs, `[rows, C]`, which heads read.
    func callAsFunction(_ streams: [Stream: StreamStates]) -> [Stream: Variable]

    /// Its parameters by layer, lowest first, for rates that fall from layer to layer.
    var layers: [[Parameter]] { get }
}

extension Method {
    /// Those whose names say a block or a tap, such as `block.3.visual.down.weight`, are of that layer; what
    /// belongs to none is of the topmost.
    public var layers: [[Parameter]] {
        var layers: [Int: [Parameter]] = [:]
        for parameter in parameters {
            let parts = parameter.name.split(separator: ".")
            let isLayer = parts.count > 2 && ["block", "tap"].contains(parts[0])
            layers[isLayer ? Int(parts[1]) ?? .max : .max, default: []].append(parameter)
        }
        return layers.sorted { $0.key < $1.key }.map(\.value)
    }
}
