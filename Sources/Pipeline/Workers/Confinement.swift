import CLinux
import Foundation
import Media

/// What a process gives up before it decodes files that nobody has vouched for.
enum Confinement {
    /// Ties the process to the thread that started it, and leaves its end to that process alone.
    ///
    /// A signal to all processes of a job is for the run to act upon, which then ends its workers.
    static func tieToParent() {
        avprep_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL))
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
    }

    /// Limits what the process can take, and cuts it off from the network where the system lets it.
    static func apply(_ limits: DecodingLimits) throws(WorkerError) {
        try limit(RLIMIT_AS, to: limits.memoryBytes, "memory")
        try limit(RLIMIT_CORE, to: 0, "core files")
        try limit(RLIMIT_FSIZE, to: 0, "the size of files")
        try limit(RLIMIT_NOFILE, to: 64, "open files")
        // No program that it starts can gain rights by its set-user-id bit.
        avprep_prctl(PR_SET_NO_NEW_PRIVS, 1)
        // A root user needs no namespace of users, and would lose the right to read all files in it.
        if avprep_unshare(avprep_CLONE_NEWNET) != 0 {
            avprep_unshare(avprep_CLONE_NEWUSER | avprep_CLONE_NEWNET)
        }
    }

    /// Whether the process came so near to its limit of memory that decoders may have met it.
    ///
    /// They do not always say so: to H.264's, a picture for which there is no memory is invalid data.
    static func mayHaveLackedMemory(_ limits: DecodingLimits) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") } ?? ""
        let kilobytes = line.split(separator: " ").compactMap { Int($0) }.first ?? 0
        return kilobytes > limits.memoryBytes / 1024 / 8 * 7
    }

    private static func limit(
        _ resource: __rlimit_resource, to value: Int, _ name: String
    ) throws(WorkerError) {
        var limit = rlimit()
        let number = __rlimit_resource_t(resource.rawValue)
        unsafe getrlimit(number, &limit)
        limit.rlim_max = min(limit.rlim_max, rlim_t(max(0, value)))
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(number, &limit) == 0 else {
            throw WorkerError(
                operation: "limit \(name) of a decoding process",
                reason: unsafe String(cString: strerror(errno)))
        }
    }
}
