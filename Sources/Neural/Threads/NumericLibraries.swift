import COpenBLAS
import Foundation

/// OpenBLAS as a whole: how many threads it uses, and what it is.
enum NumericLibraries {
    /// Keeps the library to the calling thread; it has one setting for the process.
    static func prepareThread() { _ = openBLASIsSerial }

    private static let openBLASIsSerial: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    static var openBLASCore: String { String(cString: openblas_get_corename()) }

    static var openBLASConfiguration: String {
        String(cString: openblas_get_config()).trimmingCharacters(in: .whitespaces)
    }
}
