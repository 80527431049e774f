/// The program that writes caches and runs.
public enum Producer {
    public static let version = "0.1.0"

    /// What files say about their maker.
    public static let name = "avprep \(version)"
}
