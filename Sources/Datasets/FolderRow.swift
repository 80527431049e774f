/// A line of a user's own annotations of a folder.
struct FolderRow: Equatable {
    let clip: String
    var split: String?
    var labels: [String] = []
    var start: Double?
    var end: Double?
    var text: String?
    var audioClip: String?
    var fields: [String: String] = [:]

    /// Line of the file, counted from 1.
    let line: Int

    /// Why a row is not one.
    struct Flaw: Error {
        let reason: String
    }

    /// Reads the values of a line by their names; several labels may be in one value.
    ///
    /// - Throws: `Flaw` if there is no clip, or if times are not an interval.
    init(_ values: [String: [String]], line: Int) throws(Flaw) {
        var values = values
        func take(_ name: String) -> String? {
            let value = values.removeValue(forKey: name)?.joined(separator: ";")
            return value?.isEmpty == true ? nil : value
        }
        func seconds(_ name: String) throws(Flaw) -> Double? {
            guard let text = take(name) else { return nil }
            guard let seconds = Double(text), 0...1e9 ~= seconds else {
                throw Flaw(reason: "\(name) '\(text)' is not a time in seconds")
            }
            return seconds
        }
        guard let clip = take("clip") else { throw Flaw(reason: "'clip' is missing or empty") }
        self.clip = clip
        self.line = line
        labels =
            (values.removeValue(forKey: "label") ?? [])
            + (values.removeValue(forKey: "labels") ?? [])
        labels.removeAll(where: \.isEmpty)
        start = try seconds("start")
        end = try seconds("end")
        if let end, end <= start ?? 0 {
            throw Flaw(reason: "end \(end) is not after start \(start ?? 0)")
        }
        split = take("split")
        text = take("text")
        audioClip = take("audio_clip")
        fields = values.mapValues { $0.joined(separator: ";") }.filter { !$0.value.isEmpty }
    }

    /// Reads a table with a header, or a file with a JSON object on each line.
    ///
    /// In a table `labels` are separated by semicolons; in JSON they are a list.
    ///
    /// - Throws: ``AnnotationError`` that names file and line.
    static func read(_ path: String) throws(AnnotationError) -> [FolderRow] {
        path.hasSuffix(".jsonl") ? try readObjects(path) : try readTable(path)
    }

    private static func readTable(_ path: String) throws(AnnotationError) -> [FolderRow] {
        let file = try CSVFile(
            reading: path, separator: path.hasSuffix(".tsv") ? .tab : .detected, hasHeader: true)
        _ = try file.column("clip")
        for name in file.header { _ = try file.column(name) }
        var rows: [FolderRow] = []
        for row in file.rows {
            var values: [String: [String]] = [:]
            for (name, field) in zip(file.header, row.fields) {
                values[name] =
                    name == "labels"
                    ? field.split(separator: ";").map { String($0.trimmingBlanks) } : [field]
            }
            do {
                rows.append(try FolderRow(values, line: row.line))
            } catch {
                throw file.error(row, error.reason)
            }
        }
        return rows
    }

    private static func readObjects(_ path: String) throws(AnnotationError) -> [FolderRow] {
        let file = try AnnotationFile(reading: path)
        var rows: [FolderRow] = []
        for line in file.lines {
            let values = try JSONAnnotations.read([String: Value].self, from: line, of: file)
            do {
                rows.append(try FolderRow(values.mapValues(\.texts), line: line.number))
            } catch {
                throw file.error(line, error.reason)
            }
        }
        return rows
    }

    /// A JSON value as texts: one for a text, number or truth value, none for null, all of a list.
    private struct Value: Decodable {
        let texts: [String]

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                texts = []
            } else if let text = try? value.decode(String.self) {
                texts = [text]
            } else if let truth = try? value.decode(Bool.self) {
                texts = [truth ? "true" : "false"]
            } else if let number = try? value.decode(Int.self) {
                texts = [String(number)]
            } else if let number = try? value.decode(Double.self) {
                texts = [String(number)]
            } else {
                texts = try value.decode([Value].self).flatMap(\.texts)
            }
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        let start = drop { $0 == " " }
        return start.lastIndex { $0 != " " }.map { start[...$0] } ?? ""
    }
}
