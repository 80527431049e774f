import CKernels

/// Tells how much of the time since it was made went into the products of the frozen pass.
///
/// What is done beside them counts as time outside: norms, softmax, packing of rows, biases,
/// activations.
public struct ProductClock: Sendable {
    private let start = avprep_ticks()
    private let products = avprep_product_ticks()

    public init() {}

    /// The share of the time of this many threads, 0…1.
    public func share(ofThreads threads: Int) -> Double {
        let elapsed = Double(avprep_ticks() - start) * Double(threads)
        return Double(avprep_product_ticks() - products) / elapsed
    }
}
