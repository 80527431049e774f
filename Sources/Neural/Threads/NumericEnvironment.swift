/// The numeric libraries as they run here, for reports: their choices decide speed and last bits.
public struct NumericEnvironment: Sendable, Equatable {
    /// Kernels that OpenBLAS chose, such as `Cooperlake`.
    public let openBLASCore: String

    /// Version and build options, such as `OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …`.
    public let openBLASConfiguration: String

    /// Such as `2.6.3`.
    public let oneDNNVersion: String

    /// The widest instructions that oneDNN uses, such as `AVX-512 with bfloat16`.
    public let oneDNNInstructions: String

    public static var current: NumericEnvironment {
        NumericEnvironment(
            openBLASCore: NumericLibraries.openBLASCore,
            openBLASConfiguration: NumericLibraries.openBLASConfiguration,
            oneDNNVersion: NumericLibraries.oneDNNVersion,
            oneDNNInstructions: NumericLibraries.oneDNNInstructions)
    }
}

extension NumericEnvironment: CustomStringConvertible {
    public var description: String {
        "OpenBLAS on \(openBLASCore) kernels (\(openBLASConfiguration)), "
            + "oneDNN \(oneDNNVersion) on \(oneDNNInstructions)"
    }
}
