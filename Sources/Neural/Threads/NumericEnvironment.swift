/// What the numeric code runs on here, for reports: its choices decide speed and last bits.
public struct NumericEnvironment: Sendable, Equatable {
    /// Kernels that OpenBLAS chose for products of training, such as `Cooperlake`.
    public let openBLASCore: String

    /// Version and build options, such as `OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …`.
    public let openBLASConfiguration: String

    /// Instructions of the frozen pass.
    public let instructions: InstructionLevel

    public static var current: NumericEnvironment {
        NumericEnvironment(
            openBLASCore: NumericLibraries.openBLASCore,
            openBLASConfiguration: NumericLibraries.openBLASConfiguration,
            instructions: .highest)
    }
}

extension NumericEnvironment: CustomStringConvertible {
    public var description: String {
        "frozen pass on \(instructions), training with OpenBLAS on \(openBLASCore) kernels "
            + "(\(openBLASConfiguration))"
    }
}
