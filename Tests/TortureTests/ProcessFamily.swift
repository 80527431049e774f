import Foundation

/// What the system tells of a process that a test started, and of those that it started in turn.
struct ProcessFamily {
    let leader: pid_t

    /// Variable of the environment by which its members are known, even when the leader has ended.
    let mark: String

    init(_ child: Child) {
        leader = child.pid
        mark = child.mark
    }

    /// Numbers of the members that have not ended.
    var members: [pid_t] { processes { marks($0.pid) } }

    /// Largest memory held so far by the leader, and by it and its children together, in KiB.
    func peaks() -> (leader: Int, sum: Int) {
        let own = Self.number("VmHWM", of: leader) ?? 0
        let children = processes { $0.parent == leader }
        return (own, children.reduce(own) { $0 + (Self.number("VmHWM", of: $1) ?? 0) })
    }

    /// How many files the leader has open; nil if it has ended.
    func openFiles() -> Int? {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(leader)/fd"))?.count
    }

    /// Whether all members end within `seconds`.
    func vanishes(within seconds: Double) -> Bool {
        let start = Date()
        while !members.isEmpty {
            guard Date().timeIntervalSince(start) < seconds else { return false }
            usleep(20_000)
        }
        return true
    }

    private func processes(where belongs: ((pid: pid_t, parent: pid_t)) -> Bool) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            // After the command's name, in parentheses, come state and parent.
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return false }
            let fields = text[end...].split(separator: " ")
            guard fields.count > 2, fields[1] != "Z", let parent = pid_t(fields[2]) else {
                return false
            }
            return belongs((pid, parent))
        }
    }

    private func marks(_ pid: pid_t) -> Bool {
        let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ")
        return environment?.split(separator: 0).contains { $0.elementsEqual(mark.utf8) } == true
    }

    private static func number(_ field: String, of pid: pid_t) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(field):") })
        else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }
}
