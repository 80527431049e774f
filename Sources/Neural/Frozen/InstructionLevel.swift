import CKernels

/// Instructions that the frozen pass computes with, each level with all that is in those before.
///
/// The program holds a version for each, and takes the highest that the processor has.
public enum InstructionLevel: Int, Sendable, CaseIterable, Comparable {
    /// What every x86-64 processor has, and what the compiler makes of it elsewhere.
    case baseline

    /// With fused multiplication and addition.
    case avx2

    case avx512

    /// With products of 8-bit integers.
    case avx512VNNI

    /// With products of bfloat16 numbers.
    case avx512BF16

    public static let highest = InstructionLevel(rawValue: Int(avprep_highest_level().rawValue))!

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// Whether bfloat16 numbers are multiplied as such; otherwise they are rounded, then multiplied in
    /// single precision.
    public var hasBFloat16: Bool { self >= .avx512BF16 }

    var kernels: avprep_level { avprep_level(rawValue: UInt32(rawValue)) }
}

extension InstructionLevel: CustomStringConvertible {
    public var description: String {
        switch self {
        case .baseline: "plain x86-64"
        case .avx2: "AVX2"
        case .avx512: "AVX-512"
        case .avx512VNNI: "AVX-512 with VNNI"
        case .avx512BF16: "AVX-512 with VNNI and bfloat16"
        }
    }
}
