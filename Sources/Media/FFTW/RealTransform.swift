import CFFTW
import Synchronization

/// The discrete Fourier transform of real numbers, in double precision.
///
/// In single precision its rounding would show in bands that are 65 dB below the loudest of a frame; on processors with
/// AVX2, FFTW is as fast in double. Only this folder imports `CFFTW`. Plans are made under a lock and executed freely,
/// on any thread.
final class RealTransform: Sendable {
    /// Number of real values.
    let size: Int

    private nonisolated(unsafe) let plan: fftw_plan

    private static let planning = Mutex(())

    init(size: Int) {
        self.size = size
        plan = Self.planning.withLock { _ in
            let values = fftw_alloc_real(size)
            let spectrum = fftw_alloc_complex(size / 2 + 1)
            defer {
                fftw_free(values)
                fftw_free(spectrum)
            }
            // Plans that are measured may differ in the last bits from run to run.
            return fftw_plan_dft_r2c_1d(Int32(size), values, spectrum, FFTW_ESTIMATE)
        }
    }

    deinit {
        Self.planning.withLock { _ in fftw_destroy_plan(plan) }
    }

    /// Memory for one thread's transforms; freed when it goes out of scope.
    struct Workspace: ~Copyable {
        /// The real values; a transform destroys them.
        let values: UnsafeMutablePointer<Double>

        /// |X|² of the bins 0 … size / 2 of eight spectra, `[bins, 8]`.
        let power: UnsafeMutablePointer<Float>

        fileprivate let spectrum: UnsafeMutablePointer<fftw_complex>

        fileprivate init(size: Int) {
            values = fftw_alloc_real(size)
            spectrum = fftw_alloc_complex(size / 2 + 1)
            // Alignment of a SIMD8<Float>, which FFTW's own functions do not promise.
            power = .allocate(aligned: 8 * (size / 2 + 1))
        }

        deinit {
            fftw_free(values)
            fftw_free(spectrum)
            power.deallocate()
        }
    }

    /// Memory of the right size and alignment.
    func makeWorkspace() -> Workspace {
        Workspace(size: size)
    }

    /// Computes the power spectrum of `values`, as number `lane` of the eight.
    func powerSpectrum(in workspace: borrowing Workspace, lane: Int) {
        fftw_execute_dft_r2c(plan, workspace.values, workspace.spectrum)
        let power = workspace.power + lane
        let bins = size / 2 + 1
        workspace.spectrum.withMemoryRebound(to: SIMD2<Double>.self, capacity: bins) { spectrum in
            for bin in 0..<bins {
                let square = spectrum[bin] * spectrum[bin]
                power[8 * bin] = Float(square[0] + square[1])
            }
        }
    }
}

extension UnsafeMutablePointer<Float> {
    /// Zeros at an address that is a multiple of 32.
    fileprivate static func allocate(aligned count: Int) -> Self {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 32)
            .bindMemory(to: Float.self, capacity: count)
        memory.initialize(repeating: 0, count: count)
        return memory
    }
}
