import Foundation
import TestSupport

@testable import Datasets

extension TemporaryFolder {
    /// A folder with files, by their paths below it.
    static func with(_ files: [String: String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(name, text) }
        return folder
    }

    /// Writes a file below the folder, and the folders it is in.
    func write(_ name: String, _ text: String = "") throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Makes a name below the folder that stands for another path.
    func link(_ name: String, to target: String) throws {
        let place = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            at: URL(filePath: place).deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: target)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }
}

extension Dataset {
    /// How often a kind of finding was reported, over all files.
    func count(of kind: String) -> Int {
        findings.filter { $0.kind == kind }.map(\.count).reduce(0, +)
    }

    func message(of kind: String) -> String { findings.first { $0.kind == kind }?.message ?? "" }

    func samples(in split: String) -> [Sample] { samples.filter { $0.split == split } }
}
