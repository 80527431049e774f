import CFFTW
import Synchronization

/// The discrete Fourier transform of real numbers, in single precision.
///
/// Only this folder imports `CFFTW`. Plans are made under a lock and executed freely, on any thread.
final class RealTransform: Sendable {
    /// Number of real values.
    let size: Int

    private nonisolated(unsafe) let plan: fftwf_plan

    private static let planning = Mutex(())

    init(size: Int) {
        self.size = size
        plan = Self.planning.withLock { _ in
            let values = fftwf_alloc_real(size)
            let spectrum = fftwf_alloc_complex(size / 2 + 1)
            defer {
                fftwf_free(values)
                fftwf_free(spectrum)
            }
            // Plans that are measured may differ in the last bits from run to run.
            return fftwf_plan_dft_r2c_1d(Int32(size), values, spectrum, FFTW_ESTIMATE)
        }
    }

    deinit {
        Self.planning.withLock { _ in fftwf_destroy_plan(plan) }
    }

    /// Memory for one thread's transforms; freed when it goes out of scope.
    struct Workspace: ~Copyable {
        /// The real values; a transform destroys them.
        let values: UnsafeMutablePointer<Float>

        /// |X|² of the bins 0 … size / 2.
        let power: UnsafeMutablePointer<Float>

        fileprivate let spectrum: UnsafeMutablePointer<fftwf_complex>

        fileprivate init(size: Int) {
            values = fftwf_alloc_real(size)
            power = fftwf_alloc_real(size / 2 + 1)
            spectrum = fftwf_alloc_complex(size / 2 + 1)
        }

        deinit {
            fftwf_free(values)
            fftwf_free(power)
            fftwf_free(spectrum)
        }
    }

    /// Memory of the right size and alignment.
    func makeWorkspace() -> Workspace {
        Workspace(size: size)
    }

    /// Computes `power` from `values`.
    func powerSpectrum(in workspace: borrowing Workspace) {
        fftwf_execute_dft_r2c(plan, workspace.values, workspace.spectrum)
        let (spectrum, power) = (workspace.spectrum, workspace.power)
        spectrum.withMemoryRebound(to: SIMD2<Float>.self, capacity: size / 2 + 1) { spectrum in
            for bin in 0...size / 2 { power[bin] = (spectrum[bin] * spectrum[bin]).sum() }
        }
    }
}
