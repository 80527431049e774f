import COneDNN
import COpenBLAS

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
}
