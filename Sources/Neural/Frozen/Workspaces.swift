import Synchronization

/// The workspaces of threads that run pieces of one operation: as many as ever ran at once.
final class Workspaces: Sendable {
    static let shared = Workspaces()

    private let free = Mutex<[Loan]>([])

    /// A workspace on its way from thread to thread; one at a time has it.
    private struct Loan: @unchecked Sendable {
        let workspace: Workspace
    }

    /// Lends a workspace that no other thread uses meanwhile.
    func withOne(_ body: (Workspace) -> Void) {
        let loan = free.withLock { $0.popLast() } ?? Loan(workspace: Workspace())
        body(loan.workspace)
        free.withLock { $0.append(loan) }
    }
}

extension Workspace {
    /// Room for `count` numbers, which are unspecified.
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(words(count)).assumingMemoryBound(to: Float.self)
    }
}
