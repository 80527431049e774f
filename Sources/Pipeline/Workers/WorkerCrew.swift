import Datasets
import Foundation
import Media
import Storage
import Synchronization

/// The workers of a run, as many as it has clips under way.
///
/// A clip that ends its worker gets another, so that one which was killed by mistake costs nothing;
/// a clip that ends this one as well is given up.
final class WorkerCrew: Sendable {
    /// Clips after which a worker is replaced, so that what it leaks does not add up.
    private static let clipsOfWorker = 1_000

    /// Seconds in which a program must have started, on the busiest of machines.
    private static let startSeconds = 60.0

    private let launcher: WorkerLauncher
    private let settings: ExtractionSettings
    private let isCancelled: @Sendable () -> Bool
    private let idle = Mutex<[Member]>([])

    /// For clips without a file, of which a data set may have thousands: there is nothing to decode.
    private let inProcess: ClipExtractor

    private struct Member {
        let worker: WorkerProcess
        var clips = 0
    }

    /// How an attempt at a clip ended.
    private enum Attempt {
        case done(ClipOutcome)
        case cancelled
        case late
        case broken(reason: String, kind: MediaError.Kind)
    }

    init(
        _ launcher: WorkerLauncher, _ settings: ExtractionSettings,
        isCancelled: @escaping @Sendable () -> Bool
    ) {
        self.launcher = launcher
        self.settings = settings
        inProcess = ClipExtractor(settings)
        self.isCancelled = isCancelled
    }

    /// Has a worker decode a clip.
    ///
    /// - Throws: ``WorkerError`` if there can be no worker; `CancellationError` if the run is told to
    ///   stop and the clip takes long.
    func extract(_ clip: Clip, _ features: Set<ExtractedFeature>) throws -> ClipOutcome {
        guard FileStamp(clip.path) != nil else { return inProcess.extract(clip, features) }
        var attempt = try attempt(clip, features, idle.withLock { $0.popLast() } ?? start())
        if case .broken = attempt { attempt = try self.attempt(clip, features, start()) }
        switch attempt {
        case .done(let outcome): return outcome
        case .cancelled: throw CancellationError()
        case .late:
            return failure(
                clip, features, .timeout,
                "the decoder did not come back within \(settings.limits.wallSeconds) s")
        case .broken(let reason, let kind):
            return failure(clip, features, kind, reason)
        }
    }

    private func failure(
        _ clip: Clip, _ features: Set<ExtractedFeature>, _ kind: MediaError.Kind, _ reason: String
    ) -> ClipOutcome {
        var outcome = ClipOutcome(clip: clip.id, path: clip.path, tried: features)
        let error = MediaError(kind, "decode \(clip.path)", reason: reason)
        outcome.fail(kind, "\(error)", FileStamp(clip.path))
        return outcome
    }

    private func attempt(
        _ clip: Clip, _ features: Set<ExtractedFeature>, _ member: Member
    ) throws -> Attempt {
        var member = member
        let patience = Patience(
            Self.patience(settings.limits.wallSeconds), isCancelled: isCancelled)
        let request = WorkerRequest(clip, features)
        do throws(WorkerSocket.Failure) {
            try member.worker.socket.send(request, patience)
            let outcome = try member.worker.socket.receive(request, settings, patience)
            member.clips += 1
            if member.clips < Self.clipsOfWorker, !outcome.isLastOfWorker {
                idle.withLock { $0.append(member) }
            }
            return .done(outcome)
        } catch {
            switch error {
            case .late: return patience.wasCancelled ? .cancelled : .late
            case .malformed:
                return .broken(reason: "the decoder's answer makes no sense", kind: .crash)
            case .closed: return explanation(of: member.worker.end(hasHungUp: true))
            }
        }
    }

    /// Seconds to wait for a clip that may take `wallSeconds`: a worker that is alive says so itself.
    private static func patience(_ wallSeconds: Double) -> Double { wallSeconds * 1.1 + 2 }

    private func start() throws(WorkerError) -> Member {
        let worker = try WorkerProcess(launcher)
        let patience = Patience(Self.startSeconds, isCancelled: { false })
        do throws(WorkerSocket.Failure) {
            try worker.socket.send(settings, patience)
            _ = try worker.socket.receive(WorkerGreeting.self, patience)
        } catch {
            let reason =
                switch error {
                case .late: "it says nothing for \(Self.startSeconds) s"
                case .malformed: "it is another program"
                case .closed: "it ended at once"
                }
            throw WorkerError(
                operation: "start a decoding process (\(launcher.executable))", reason: reason)
        }
        return Member(worker: worker)
    }

    private func explanation(of ending: WorkerProcess.Ending) -> Attempt {
        let limit = settings.limits.memoryBytes
        if ending.peak > limit / 4 * 3 {
            return .broken(
                reason: "it takes more than \(limit >> 20) MiB of memory", kind: .hostile)
        }
        let words = ending.signal.map { Self.names[$0] ?? "signal \($0)" } ?? "it ended by itself"
        return .broken(reason: "the decoder crashed (\(words))", kind: .crash)
    }

    private static let names: [Int32: String] = [
        SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS",
        SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV", SIGXFSZ: "SIGXFSZ",
        SIGSYS: "SIGSYS",
    ]
}
