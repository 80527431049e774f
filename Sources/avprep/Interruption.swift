import Dispatch
import Foundation
import Synchronization

/// Whether someone asked the program to stop, by SIGINT or SIGTERM.
///
/// Stages look between clips and the trainer between steps; what is on disk is whole at any moment.
final class Interruption: Sendable {
    private let signal: Signal
    private let sources: Sources

    /// Number of the signal that came; 0 if none has.
    private final class Signal: Sendable {
        let number = Atomic<Int32>(0)
    }

    /// Kept only so that they stay alive.
    private struct Sources: @unchecked Sendable {
        let all: [any DispatchSourceSignal]
    }

    init() {
        let signal = Signal()
        self.signal = signal
        sources = Sources(
            all: [SIGINT, SIGTERM].map { number in
                // The default action would end the program before the source sees the signal.
                Foundation.signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { signal.number.store(number, ordering: .relaxed) }
                source.resume()
                return source
            })
    }

    /// Gives the signals their usual effect back.
    deinit { for number in [SIGINT, SIGTERM] { Foundation.signal(number, SIG_DFL) } }

    var hasHappened: Bool { signal.number.load(ordering: .relaxed) != 0 }

    /// The exit status of what happened; nil if nothing did.
    var outcome: Outcome? {
        switch signal.number.load(ordering: .relaxed) {
        case SIGINT: .interrupted
        case SIGTERM: .terminated
        default: nil
        }
    }
}
