import Foundation
import Testing

/// The real media of `AVPREP_MEDIA`, a folder with an `index.tsv` and the folder `truth`.
enum Corpus {
    static let folder = ProcessInfo.processInfo.environment["AVPREP_MEDIA"]
        .flatMap { $0.isEmpty ? nil : $0 }

    /// A file and what a full decode of it delivers.
    struct Entry: CustomTestStringConvertible, Sendable {
        let file: String
        let fields: [String: String]

        var path: String { "\(Corpus.folder!)/\(file)" }
        var testDescription: String { file }

        /// A column of the index; `nil` where it does not apply.
        subscript(column: String) -> String? {
            fields[column].flatMap { $0 == "-" ? nil : $0 }
        }

        func count(_ column: String) -> Int? { self[column].flatMap { Int($0) } }
    }

    static let entries: [Entry] = {
        guard let folder else { return [] }
        let rows = table("\(folder)/index.tsv")
        return rows.map { Entry(file: $0["file"]!, fields: $0) }
    }()

    /// Entries of which pictures can be decoded.
    static var withPictures: [Entry] { entries.filter { ($0.count("video_frames") ?? 0) > 0 } }

    /// Checksums of the first pictures at stored size, scaled exactly.
    static func pictureSums(_ entry: Entry) throws -> [String] {
        let path = "\(folder!)/truth/\(entry.file).bitexact.framemd5"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            $0.split(separator: ",").last!.trimmingCharacters(in: .whitespaces)
        }
    }

    /// Time base and presentation times of the first pictures, by file.
    static let firstTimes: [String: [String: String]] = {
        guard let folder else { return [:] }
        let rows = table("\(folder)/truth/first12_pts.tsv")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["file"]!, $0) })
    }()

    private static func table(_ path: String) -> [[String: String]] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let rows = text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
        }
        guard let header = rows.first else { return [] }
        return rows.dropFirst().map {
            Dictionary(zip(header, $0)) { first, _ in first }
        }
    }
}
