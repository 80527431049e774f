import Foundation
import Synchronization
import TestSupport

/// Does something to each worker of a process that opens a file, once to each, at once.
final class WorkerWatch: Sendable {
    private let state = Mutex((seen: Set<ChildProcess>(), isOver: false))

    /// Starts to watch the workers of `parent`, and meddles with no more than `most` of them.
    init(
        _ path: String, of parent: pid_t = getpid(), most: Int = .max,
        _ meddle: @escaping @Sendable (pid_t) -> Void
    ) {
        Thread { [self] in
            var others: Set<pid_t> = []
            while !state.withLock({ $0.isOver }) {
                let children = ChildProcess.all(of: parent, except: &others)
                for child in children where child.openFiles.contains(path) {
                    let isNew = state.withLock { state in
                        state.seen.count < most && state.seen.insert(child).inserted
                    }
                    if isNew { meddle(child.id) }
                }
                usleep(500)
            }
        }.start()
    }

    var hasMeddled: Bool { state.withLock { !$0.seen.isEmpty } }

    /// Ends the watch, and says how many workers were meddled with.
    func end() -> Int {
        state.withLock { state in
            state.isOver = true
            return state.seen.count
        }
    }
}
