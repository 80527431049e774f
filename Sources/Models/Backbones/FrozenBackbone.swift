public import Neural
public import Tensors

/// A frozen transformer whose token states are read block by block.
///
/// Layer k is the input of block k, and layer `depth` the output of the last block, before the final norm.
/// One worker treats one input at a time, on one thread, so that the same input gives the same bits in
/// any company.
public protocol FrozenBackbone: Sendable {
    /// Everything that, with the weights, determines the states: it goes into recipes.
    var configuration: any Encodable & Sendable { get }

    /// What it can read.
    var inputs: Set<BackboneInput.Kind> { get }

    /// What it does to log-mel values; nil if it takes them as they are.
    ///
    /// Values that were normalised when they were extracted are not to be normalised again.
    var spectrogramNormalisation: SpectrogramNormalisation? { get }

    /// Number of blocks, counted through all stages.
    var depth: Int { get }

    /// The norm that follows the last block; nil if there is none, or its states are normalised already.
    var finalNorm: FrozenLayerNorm? { get }

    /// What the states of a layer are for an input of some size.
    ///
    /// - Throws: ``BackboneError`` that says which sizes the backbone reads.
    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout

    /// The row that stands for the whole input, such as the class token; nil if there is none.
    func classRow(of input: BackboneInput) -> Int?

    /// How one row is made of the tokens of a state where the class token is no single row for all inputs,
    /// or there is none.
    var pooling: TokenPooling { get }

    /// Makes a worker, for one thread.
    func makeWorker() -> any BackboneWorker
}

extension FrozenBackbone {
    public var pooling: TokenPooling { .mean }

    public var spectrogramNormalisation: SpectrogramNormalisation? { nil }
}

/// The part of a backbone that belongs to one thread: memory that it uses again and again.
public protocol BackboneWorker: AnyObject {
    /// Calls `body` with the states of the chosen layers, in ascending order.
    ///
    /// - Parameters:
    ///   - input: Of a size for which the backbone has a layout.
    ///   - layers: k for the input of block k, `depth` for the output of the last block.
    ///   - body: Takes a layer and its states, `[tokens, C]`.
    func forEachState(
        of input: BackboneInput, layers: Set<Int>,
        _ body: (_ layer: Int, _ states: Tensor) throws -> Void
    ) rethrows
}
