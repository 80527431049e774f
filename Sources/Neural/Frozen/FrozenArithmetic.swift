/// What the kernels of the frozen pass compute, as one number for recipes.
public enum FrozenArithmetic {
    /// Counts up whenever products, norms, attention or activations give other numbers than before,
    /// beyond what differs between processors.
    public static let version = 1
}
