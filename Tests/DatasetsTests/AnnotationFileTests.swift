import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct AnnotationFileTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [
        ("a\nb\n", ["1 a", "2 b"]), ("a\r\nb", ["1 a", "2 b"]), ("a\rb\r", ["1 a", "2 b"]),
        ("\u{FEFF}a\n\n  \nb  \t\n", ["1 a", "4 b"]), ("", []), ("\n\n", []), ("a", ["1 a"]),
        ("a\u{2028}b\u{85}c\u{B}d\n", ["1 a\u{2028}b\u{85}c\u{B}d"]), ("\r\n\r\na", ["3 a"]),
        ("e\n\u{301}", ["1 e", "2 \u{301}"]),
    ])
    func linesEndAsFilesDo(text: String, lines: [String]) throws {
        try folder.write("a.txt", text)
        let file = try AnnotationFile(reading: "\(folder.path)/a.txt")
        #expect(file.lines.map { "\($0.number) \($0.text)" } == lines)
    }

    @Test func longLineIsRead() throws {
        try folder.write("a.txt", String(repeating: "x", count: 1 << 20) + "\nb")
        let file = try AnnotationFile(reading: "\(folder.path)/a.txt")
        #expect(file.lines.map(\.text.utf8.count) == [1 << 20, 1])
        let error = #expect(throws: AnnotationError.self) {
            try AVE.records(of: file, length: 10)
        }
        #expect(error?.reason.hasPrefix("line 1: 1 fields where") == true)
    }

    private func reason(reading name: String) -> String? {
        #expect(throws: AnnotationError.self) {
            try AnnotationFile(reading: "\(folder.path)/\(name)")
        }?.reason
    }

    @Test func whatIsNoFileIsRefusedAtOnce() throws {
        try folder.write("folder/a")
        #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        try folder.link("device", to: "/dev/zero")
        try folder.link("loop", to: "loop")
        #expect(reason(reading: "folder") == "it is not a readable file")
        #expect(reason(reading: "pipe") == "it is not a readable file")
        #expect(reason(reading: "device") == "it is not a readable file")
        #expect(reason(reading: "loop") == "Too many levels of symbolic links")
        #expect(reason(reading: "folder/a/b") == "No such file")
        #expect(reason(reading: "nothing") == "No such file")
    }

    @Test func whatIsNoTextIsNamed() throws {
        try Data([0xFF, 0xFE, 0]).write(to: URL(filePath: "\(folder.path)/binary"))
        try folder.write("pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
        try folder.write("page", "\n<!DOCTYPE html><html>")
        #expect(reason(reading: "binary") == "it is not UTF-8 text")
        #expect(reason(reading: "pointer") == "it is a Git LFS pointer, not the file itself")
        #expect(reason(reading: "page") == "it is an HTML page saved under this name")
    }

    @Test(arguments: [
        ("a", true), ("-a b#c.d", true), ("", false), (".", false), ("..", false), ("a/b", false),
        ("../a", false), ("a\0", false), ("...", true), (String(repeating: "x", count: 256), false),
    ])
    func idsThatCouldLeaveAFolderAreUnsafe(id: String, isSafe: Bool) {
        #expect(Clip.isSafe(id: id) == isSafe)
    }
}
