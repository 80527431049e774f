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
            JSONLines.seal([JSONValue.object(fields)]),
            to: "\(path)/runs/\(time)-\(command)-\(process).json")
    }

    /// What the latest run wrote that `isWanted`; nil if there is none.
    public func latestRun(
        where isWanted: ([String: JSONValue]) -> Bool
    ) -> [String: JSONValue]? {
        let names = Feature(name: "runs", cache: path).fileNames()
        for name in names.reversed() where name.hasSuffix(".json") {
            let lines = try? JSONLines.readSealed("\(path)/runs/\(name)", as: JSONValue.self)
            if case .object(let fields)? = lines?.first, isWanted(fields) { return fields }
        }
        return nil
    }
}
