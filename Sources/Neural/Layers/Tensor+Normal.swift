public import Tensors

extension Tensor {
    /// Normal deviates, drawn again while outside ±2 (absolute, as timm's `trunc_normal_`).
    public static func normal(
        deviation: Float, shape: [Int], using generator: inout SplitMix64
    ) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor(
            (0..<count).map { _ in
                WeightInitialisation.normal(deviation: deviation, within: 2, using: &generator)
            }, shape: shape)
    }
}
