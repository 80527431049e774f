import Datasets
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct RecordNumbersTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a file with one array of zeros.
    private func write(_ name: String, _ type: ElementType, shape: [Int]) throws {
        let path = "\(folder.path)/a.h5"
        let file = try HDF5.File(creatingAt: path, as: path)
        _ = try file.createArray(name, type: type, shape: shape)
    }

    @Test func wholeNumbersAreRead() throws {
        try write("order", .u64, shape: [3])
        #expect(try RecordNumbers.read("\(folder.path)/a.h5") == [0, 0, 0])
    }

    @Test(arguments: [
        ("labels", ElementType.i64, [3], "open dataset 'order'"),
        ("order", .f32, [3], "it is not a list of whole numbers along one axis"),
        ("order", .i64, [3, 2], "it is not a list of whole numbers along one axis"),
        ("order", .u8, [20_000_000], "it has 20000000 entries"),
    ])
    func otherContentsAreNamed(
        name: String, type: ElementType, shape: [Int], reason: String
    ) throws {
        try write(name, type, shape: shape)
        let error = #expect(throws: AnnotationError.self) {
            try RecordNumbers.read("\(folder.path)/a.h5")
        }
        #expect(error?.description.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func whatIsNoHDF5FileIsNamed() throws {
        try Data("text".utf8).write(to: URL(filePath: "\(folder.path)/a.h5"))
        let error = #expect(throws: AnnotationError.self) {
            try RecordNumbers.read("\(folder.path)/a.h5")
        }
        #expect(error?.operation == "open \(folder.path)/a.h5")
        let absent = #expect(throws: AnnotationError.self) {
            try RecordNumbers.read("/nowhere/a.h5")
        }
        #expect(absent?.kind == .missing)
    }
}
