import ArgumentParser
import Foundation
import Pipeline
import Storage
import Synchronization

/// What a person or a script is told: data on standard output, everything else on standard error.
final class Console: Sendable {
    enum Progress: String, ExpressibleByArgument {
        case auto, plain, none
    }

    private let json: Bool
    private let quiet: Bool
    private let progress: Progress
    private let state: Mutex<State>

    private struct State {
        var started = Date()
        var lastShown = Date.distantPast
        var hasOpenLine = false
    }

    init(json: Bool, quiet: Bool, progress: Progress) {
        self.json = json
        self.quiet = quiet
        // A moving line makes sense only where someone is looking.
        let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
        self.progress = progress == .auto && !isTerminal ? .plain : progress
        state = Mutex(State())
    }

    /// Says why the program ends; where output is JSON, also as an object.
    ///
    /// It may be that the options could not be understood, so they are not asked.
    static func complain(_ message: String, _ outcome: Outcome) {
        FileHandle.standardError.write(Data("avprep: \(message)\n".utf8))
        guard CommandLine.arguments.contains("--json") else { return }
        let object: JSONValue = [
            "type": "error", "message": .string(message), "exit": .number(Double(outcome.rawValue)),
        ]
        FileHandle.standardOutput.write(Data("\(object.text)\n".utf8))
    }

    /// Prints data that was asked for: a text for people, or objects, one to a line.
    func print(_ objects: [JSONValue], _ text: () -> String) {
        let data = json ? objects.map { $0.text + "\n" }.joined() : text()
        FileHandle.standardOutput.write(Data(data.utf8))
    }

    /// Shows what a stage reports.
    func show(_ event: StageEvent, of rows: RowKind = .clips) {
        switch event {
        case .started(let total, let done, let absent):
            state.withLock { $0.started = Date() }
            let fields: [String: JSONValue] = [
                "total": .number(Double(total)), "skipped": .number(Double(done)),
                "absent": .number(Double(absent)),
            ]
            emit("status", fields) {
                "\(total) \(rows.rawValue) to do, \(done) need nothing"
                    + (absent > 0 ? ", \(absent) have no input" : "")
            }
        case .progressed(let done, let total):
            show(done: done, of: total, unit: rows.rawValue)
        case .failed(let failure, let features):
            let fields: [String: JSONValue] = [
                "clip": .string(failure.clip), "features": .array(features.map { .string($0) }),
                "outcome": .string(failure.outcome), "message": .string(failure.message),
                "partial": .bool(failure.isPartial),
            ]
            emit("item", fields) {
                "\(failure.outcome): \(failure.message)"
                    + (failure.isPartial ? " (kept, with gaps marked)" : "")
            }
        case .warning(let text): warn(text)
        }
    }

    /// Where only what needs a person is to be said: failures that nobody has been told of.
    func showEvenIfQuiet(_ failures: [ClipFailure]) {
        guard quiet, !json else { return }
        var told: Set<String> = []
        var lines = failures.map { "avprep: \($0.outcome): \($0.message)" }
            .filter { told.insert($0).inserted }
        let shown = 20
        if lines.count > shown {
            lines[shown...] = ["avprep: and \(lines.count - shown) more, see failures.jsonl"]
        }
        for line in lines { write(line: line, to: .standardError) }
    }

    /// Reports something odd.
    func warn(_ text: String) { emit("warning", ["message": .string(text)]) { "warning: \(text)" } }

    /// Reports something that happened; what is of no great interest to people only as JSON.
    func tell(_ text: String, _ fields: [String: JSONValue] = [:], isMinor: Bool = false) {
        guard json || !isMinor else { return }
        emit("status", fields.merging(["message": .string(text)]) { old, _ in old }) { text }
    }

    /// Reports what a command has done: its last words.
    func summarise(_ fields: [String: JSONValue], _ words: () -> String) {
        emit("summary", fields, words)
    }

    /// Shows how far the work is, how fast it goes and how long it may take.
    func show(
        done: Int, of total: Int, unit: String, note: String = "",
        fields more: [String: JSONValue] = [:]
    ) {
        guard !quiet, progress != .none else { return }
        let line = state.withLock { state -> (text: String, fields: [String: JSONValue])? in
            let now = Date()
            let isLast = done == total
            let pause: Double = json ? 1 : progress == .plain ? 10 : 0.2
            guard isLast || now.timeIntervalSince(state.lastShown) >= pause else { return nil }
            state.lastShown = now
            let rate = Double(done) / max(now.timeIntervalSince(state.started), 1e-3)
            let left = Double(total - done) / max(rate, 1e-9)
            let text =
                "\(done)/\(total) \(unit), \(rate.formatted(digits: 1)) \(unit)/s, "
                + "\(Self.duration(left)) left\(note)"
            return (
                text,
                [
                    "done": .number(Double(done)), "total": .number(Double(total)),
                    "unit": .string(unit), "per_second": .number(rate),
                    "seconds_left": .number(left),
                ].merging(more) { old, _ in old }
            )
        }
        guard let line else { return }
        if json { return write(line: object("status", line.fields), to: .standardOutput) }
        if progress == .plain { return write(line: line.text, to: .standardError) }
        state.withLock { $0.hasOpenLine = done < total }
        let end = done < total ? "" : "\n"
        FileHandle.standardError.write(Data("\r\u{1B}[K\(line.text)\(end)".utf8))
    }

    private func emit(_ type: String, _ fields: [String: JSONValue], _ words: () -> String) {
        guard !quiet else { return }
        if json {
            write(line: object(type, fields), to: .standardOutput)
        } else {
            write(line: words(), to: .standardError)
        }
    }

    private func object(_ type: String, _ fields: [String: JSONValue]) -> String {
        JSONValue.object(fields.merging(["type": .string(type)]) { old, _ in old }).text
    }

    private func write(line: String, to file: FileHandle) {
        let clear = state.withLock { state in
            defer { state.hasOpenLine = false }
            return state.hasOpenLine && !json ? "\r\u{1B}[K" : ""
        }
        file.write(Data("\(clear)\(Self.printable(line))\n".utf8))
    }

    /// A line as it may be shown: names of files can hold line ends, and codes that a terminal obeys.
    static func printable(_ line: String) -> String {
        guard line.unicodeScalars.contains(where: isControl) else { return line }
        return line.unicodeScalars.map {
            isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0)
        }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }

    /// Seconds as people say them.
    static func duration(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "days" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}

extension Double {
    /// The number with a fixed count of decimals, whatever the locale.
    func formatted(digits: Int) -> String {
        let scale = pow(10.0, Double(digits))
        let units = (abs(self) * scale).rounded()
        guard units < 1e15 else { return "\(self)" }
        let whole = Int(units), divisor = Int(scale)
        let sign = self < 0 && whole > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let fraction = String(whole % divisor)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(sign)\(whole / divisor).\(zeros)\(fraction)"
    }
}
