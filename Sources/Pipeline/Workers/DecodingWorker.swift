import Foundation
import Media
import Storage

/// The other side of a run that decodes clips in processes of their own.
///
/// Decoders are a million lines of C that read files from anywhere. In a process of its own, one
/// that crashes, hangs or takes all memory costs its clip, and not the run.
public enum DecodingWorker {
    /// Decodes what the run at the other end of a socket asks for, until it hangs up.
    ///
    /// Call it in a process that does nothing else: it gives up most of its rights, ignores signals
    /// that ask it to end, and is killed when the thread that started it ends.
    ///
    /// - Parameter descriptor: The socket, which is closed at the end.
    /// - Throws: ``WorkerError`` if the other end is not a run of this version.
    public static func serve(descriptor: Int32) throws {
        Confinement.tieToParent()
        let socket = WorkerSocket(adopting: descriptor)
        guard let settings = try? socket.receive(ExtractionSettings.self) else {
            throw WorkerError(
                operation: "serve as a decoding process",
                reason: "there is no run of this version at the other end")
        }
        let extractor = ClipExtractor(settings)
        try Confinement.apply(settings.limits)
        do {
            try socket.send(WorkerGreeting(id: getpid()))
            while true {
                let request = try socket.receive(WorkerRequest.self)
                var outcome = extractor.extract(request.clip, request.features)
                // The next clip is not to be blamed for this one.
                outcome.isLastOfWorker = Confinement.mayHaveLackedMemory(settings.limits)
                if outcome.isLastOfWorker { outcome.blameMemory(request.path, settings.limits) }
                try socket.send(outcome)
                if outcome.isLastOfWorker { return }
            }
        } catch {
            return  // The run is done, or was killed.
        }
    }
}

extension ClipOutcome {
    /// Fails a clip that seems damaged, because its decoder may have had too little memory for it.
    fileprivate mutating func blameMemory(_ path: String, _ limits: DecodingLimits) {
        let kinds: [MediaError.Kind] = [.corrupt, .hostile, .unreadable, .unsupported]
        guard failures.values.contains(where: { kinds.map(\.rawValue).contains($0.outcome) }) else {
            return
        }
        let error = MediaError(
            .hostile, "decode \(path)",
            reason: "it takes more than \(limits.memoryBytes >> 20) MiB of memory")
        fail(.hostile, "\(error)", FileStamp(path))
    }
}
