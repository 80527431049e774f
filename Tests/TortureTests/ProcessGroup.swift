import Foundation

/// What the system tells of the processes of one group.
struct ProcessGroup {
    let leader: pid_t

    /// Numbers of its members that have not ended.
    var members: [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            // After the command's name, in parentheses, come state, parent and group.
            guard let text = read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
                return false
            }
            let fields = text[end...].split(separator: " ")
            return fields.count > 3 && fields[1] != "Z" && pid_t(fields[3]) == leader
        }
    }

    /// Largest memory that the members have held so far, in KiB: of the leader, and of all together.
    func peaks() -> (leader: Int, sum: Int) {
        var sum = 0
        for member in members { sum += Self.number("VmHWM", of: member) ?? 0 }
        return (Self.number("VmHWM", of: leader) ?? 0, sum)
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

    private static func number(_ field: String, of pid: pid_t) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(field):") })
        else { return nil }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }

    private func read(_ file: String) -> String? {
        try? String(contentsOfFile: file, encoding: .utf8)
    }
}
