import Foundation

extension Cache {
    /// Writes what a command did into `runs/`, under a name made of its start and its command.
    ///
    /// `started` is in seconds since 1970.
    public func recordRun(
        command: String, started: Double, summary: [String: JSONValue]
    ) throws(StorageError) {
        try AtomicFile.createFolder("\(path)/runs")
        let time = Date(timeIntervalSince1970: started)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
            .replacing(":", with: "-")
        var fields = summary
        fields["command"] = .string(command)
        fields["started"] = .number(started)
        fields["producer"] = .string(Producer.name)
        let process = ProcessInfo.processInfo.processIdentifier
        try AtomicFile.write(
            JSONLines.encode([JSONValue.object(fields)]),
            to: "\(path)/runs/\(time)-\(command)-\(process).json")
    }
}
