public import Foundation

/// A process that another one started, as `/proc` shows it.
public struct ChildProcess: Sendable, Hashable {
    public let id: pid_t

    /// Processes that `parent` has started and that still run.
    public static func all(of parent: pid_t) -> [ChildProcess] {
        var others: Set<pid_t> = []
        return all(of: parent, except: &others)
    }

    /// The same, for one who asks often: processes that are known to be others' are passed over.
    public static func all(of parent: pid_t, except others: inout Set<pid_t>) -> [ChildProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        var children: [ChildProcess] = []
        for id in names.compactMap({ pid_t($0) }) where !others.contains(id) {
            let child = ChildProcess(id: id)
            if child.status["PPid"] != "\(parent)" {
                others.insert(id)
            } else if child.isRunning {
                children.append(child)
            }
        }
        return children
    }

    public init(id: pid_t) { self.id = id }

    /// Whether it has not ended; one that has, and that nobody asked about, is a zombie.
    public var isRunning: Bool { status["State"].map { !$0.hasPrefix("Z") } ?? false }

    /// Kilobytes of memory that are its own.
    public var anonymousMemory: Int? {
        status["RssAnon"].flatMap { $0.split(separator: " ").first }.flatMap { Int($0) }
    }

    /// Most kilobytes of memory that it held at a time.
    public var peakMemory: Int? {
        status["VmHWM"].flatMap { $0.split(separator: " ").first }.flatMap { Int($0) }
    }

    /// Paths of the files that it has open.
    public var openFiles: [String] {
        let folder = "/proc/\(id)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
    }

    private var status: [String: String] {
        let text = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
