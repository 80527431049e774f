public import Neural
import Tensors

/// A frozen block as operations on a tape, in the halves between which methods add to the stream.
///
/// Its states have the bits that the encoder's have, where products are in single precision.
protocol TapedBlock: Sendable {
    /// Width of the states that enter and leave it.
    var width: Int { get }

    /// The state that enters the block, `[B, N, C]`, made of what leaves the block below.
    func entered(from below: Variable, plus change: NormChange) -> Variable

    /// Its mid state Y: what stands in the stream after attention.
    ///
    /// - Parameters:
    ///   - x: The state that enters it, `[B, N, C]`.
    ///   - hooks: What a method adds within the attention.
    ///   - lengths: How many tokens each sequence has, `[B]`; all N if not given.
    /// - Returns: `[B, N, C]`.
    func attended(_ x: Variable, _ hooks: AttentionHooks, lengths: Variable?) -> Variable

    /// What stands in the stream after the feed-forward network.
    func fed(_ y: Variable, _ hooks: FeedForwardHooks) -> Variable
}

extension TapedBlock {
    func entered(from below: Variable, plus change: NormChange) -> Variable { below }
}

/// What a method adds within the attention of a block.
public struct AttentionHooks {
    /// Tokens that are attended to and do not attend: extra rows of keys and values.
    public var prompts: Prompts?

    /// What is added to the maps to queries and to values.
    public var lowRank: LowRank?

    /// What becomes of the attention's output, `[B, N, C]`, behind its last map, before its norm, if one
    /// follows, and before it is added to the stream.
    public var branch: ((_ output: Variable) -> Variable)?

    /// What is added to norms and biases.
    var change = BlockChange()

    /// `scale` times what `map` makes of the attention's input, `[..., C]`: two results of that shape.
    public struct LowRank {
        public var scale: Float
        public var map: (_ input: Variable) -> (query: Variable, value: Variable)

        public init(
            scale: Float, map: @escaping (_ input: Variable) -> (query: Variable, value: Variable)
        ) {
            self.scale = scale
            self.map = map
        }
    }

    /// Nothing.
    public init() {}

    /// Queries, keys and values of tokens.
    func projected(_ x: Variable, by map: FrozenLinear) -> Variable {
        let qkv = x.frozenLinear(map, plus: change.qkv)
        guard let lowRank else { return qkv }
        let (query, value) = lowRank.map(x)
        let width = x.shape.last ?? 0
        return qkv.adding([(query, 0), (value, 2 * width)], times: lowRank.scale)
    }

    /// The output as the method has it.
    func branched(_ output: Variable) -> Variable { branch.map { $0(output) } ?? output }
}
