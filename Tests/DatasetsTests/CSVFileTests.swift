import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct CSVFileTests: ~Copyable {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/t.csv"
    }

    private func rows(_ text: String, _ separator: CSVFile.Separator = .comma) throws -> [[String]]
    {
        try folder.write("t.csv", text)
        return try CSVFile(reading: path, separator: separator).rows.map(\.fields)
    }

    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
        ("\u{FEFF}a,b\n\n  \n1,2\n\n", [["a", "b"], ["1", "2"]]),
        ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]),
        ("\"\"\"\",\"\"\n", [["\"", ""]]),
        ("\"\"\"a\"\"\",b\n", [["\"a\"", "b"]]),
        ("\"a\nb\r\nc\",d\n", [["a\nb\r\nc", "d"]]),
        ("5\" nail,b \t\n", [["5\" nail", "b"]]),
        ("a , b\n", [["a ", " b"]]),
        ("\"a \" ,\"b\"  \n", [["a ", "b"]]),
        (",\n,,\n".replacingOccurrences(of: ",,\n", with: ",x"), [["", ""], ["", "x"]]),
        ("\"\"\n", [[""]]),
        ("‘é’,e\u{301}\u{2028}x\n", [["‘é’", "e\u{301}\u{2028}x"]]),
        ("", []),
    ])
    func everySpellingIsRead(text: String, expected: [[String]]) throws {
        #expect(try rows(text) == expected)
    }

    @Test(arguments: [
        ("a,b\tc\n", CSVFile.Separator.tab, [["a,b", "c"]]),
        ("a\tb\t\n", .tab, [["a", "b", ""]]),
        ("a\tb\n1,2\t3\n", .detected, [["a", "b"], ["1,2", "3"]]),
        ("a,b\tc\n1,2\n", .detected, [["a", "b\tc"], ["1", "2"]]),
    ])
    func separatorIsAnOption(
        text: String, separator: CSVFile.Separator, expected: [[String]]
    ) throws {
        #expect(try rows(text, separator) == expected)
    }

    @Test func rowsKnowTheirLines() throws {
        try folder.write("t.csv", "h,i\r\n\"a\nb\r\nc\",1\r\n\r\nd,2\r\"\r\",3\ne,4")
        let file = try CSVFile(reading: path, hasHeader: true)
        #expect(file.header == ["h", "i"])
        #expect(file.rows.map(\.line) == [2, 6, 7, 9])
        #expect(try file.column("i") == 1)
        #expect(try file.find("j") == nil)
    }

    @Test(arguments: [
        ("a,b\n1\n", "line 2: 1 fields where the header has 2"),
        ("a,b\n\n1,2,3\n", "line 3: 3 fields where the header has 2"),
        ("a,b\n1,\"2\n3,4\n", "line 2: a quote is opened here and never closed"),
        ("a,b\n\"1\"x,2\n", "line 2: text follows a closing quote"),
        ("a,b\n1,\0\n", "line 2: there is a zero byte"),
        ("a,b\n1,\"\n\0\"\n", "line 3: there is a zero byte"),
        ("\n\n", "it is empty, without even a header line"),
        ("", "it is empty, without even a header line"),
    ])
    func flawIsNamedWithItsLine(text: String, reason: String) throws {
        try folder.write("t.csv", text)
        let error = #expect(throws: AnnotationError.self) {
            try CSVFile(reading: path, hasHeader: true)
        }
        #expect(error?.description == "cannot read \(path): \(reason)")
    }

    @Test func columnsAreNamedOnce() throws {
        try folder.write("t.csv", "a,b,a\n1,2,3\n")
        let file = try CSVFile(reading: path, hasHeader: true)
        #expect(throws: AnnotationError.self) { try file.column("a") }
        let error = #expect(throws: AnnotationError.self) { try file.column("c") }
        #expect(error?.description.contains("line 1: no column 'c' among a, b, a") == true)
    }

    @Test func raggedRowsAreKeptWhereAsked() throws {
        try folder.write("t.csv", "a,b\n1\n1,2,3\n")
        let file = try CSVFile(reading: path, hasHeader: true, keepsRagged: true)
        #expect(file.rows.map(\.fields) == [["1"], ["1", "2", "3"]])
    }

    @Test func whatIsNoTableIsRefused() throws {
        #expect(throws: AnnotationError.self) { try CSVFile(reading: folder.path) }
        #expect(throws: AnnotationError.self) { try CSVFile(reading: "/nowhere.csv") }
        try Data([0xFF, 0xFE, 0x61, 0x00]).write(to: URL(filePath: path))
        let error = #expect(throws: AnnotationError.self) { try CSVFile(reading: path) }
        #expect(error?.reason == "it is not UTF-8 text")
    }

    @Test func aFieldOfAMegabyteIsRead() throws {
        let long = String(repeating: "x\"\",\n", count: 200_000)
        let fields = try rows("\"\(long)\",b\n")
        #expect(fields[0][0].utf8.count == 4 * 200_000)
        #expect(fields[0][1] == "b")
    }

    /// What is written by the standard's rules is read back, whatever the texts are.
    @Test func anyTableComesBack() throws {
        var state: UInt64 = 1
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let pieces = ["\"", ",", "\n", "\r", "\r\n", "a", " ", "\t", "é", "\u{1F600}"]
        for _ in 0..<200 {
            let width = 1 + next(4)
            let table = (0...next(5)).map { _ in
                (0..<width).map { _ in (0..<next(6)).map { _ in pieces[next(10)] }.joined() }
            }
            let text = table.map { row in
                row.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
            }.joined(separator: "\r\n")
            #expect(
                try rows(text).map { $0.map { Array($0.utf8) } }
                    == table.map { $0.map { Array($0.utf8) } })
        }
    }
}
