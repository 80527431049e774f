import COneDNN
import COpenBLAS
import Foundation

/// OpenBLAS and oneDNN as a whole: how many threads they use, and what they are.
enum NumericLibraries {
    /// Keeps both libraries to the calling thread.
    ///
    /// OpenBLAS has one setting for the process. oneDNN uses OpenMP, whose setting belongs to the
    /// thread that calls: a thread that has not made it uses all cores. Both are cheap to repeat.
    static func prepareThread() {
        _ = openBLASIsSerial
        omp_set_num_threads(1)
    }

    private static let openBLASIsSerial: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    static var openBLASCore: String { String(cString: openblas_get_corename()) }

    static var openBLASConfiguration: String {
        String(cString: openblas_get_config()).trimmingCharacters(in: .whitespaces)
    }

    static var oneDNNVersion: String {
        let version = dnnl_version().pointee
        return "\(version.major).\(version.minor).\(version.patch)"
    }

    static var oneDNNInstructions: String {
        let isa = dnnl_get_effective_cpu_isa()
        return switch isa {
        case dnnl_cpu_isa_sse41: "SSE 4.1"
        case dnnl_cpu_isa_avx: "AVX"
        case dnnl_cpu_isa_avx2: "AVX2"
        case dnnl_cpu_isa_avx2_vnni: "AVX2 with VNNI"
        case dnnl_cpu_isa_avx512_core: "AVX-512"
        case dnnl_cpu_isa_avx512_core_vnni: "AVX-512 with VNNI"
        case dnnl_cpu_isa_avx512_core_bf16: "AVX-512 with bfloat16"
        case dnnl_cpu_isa_avx512_core_amx: "AVX-512 with AMX"
        default: "instruction set \(isa.rawValue)"
        }
    }
}
