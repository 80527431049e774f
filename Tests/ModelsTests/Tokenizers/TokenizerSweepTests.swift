import Foundation
import TestSupport
import Testing

@testable import Models

/// The words of every scalar there is, against those of the reference library.
@Suite struct TokenizerSweepTests {
    private struct Reference: Decodable {
        var sums: [String: [UInt32]]
    }

    @Test(arguments: ["bert-uncased", "bert-cased", "roberta", "clip"])
    func wordsOfAllScalarsAreThoseOfTheReference(folder: String) throws {
        let path = TestSupport.Reference.path("tokenizer-sweep.json")
        let reference = try JSONDecoder().decode(
            Reference.self, from: Data(contentsOf: URL(filePath: path)))
        let sums = try #require(reference.sums[folder])
        let tokenizer = try TokenizerCatalog.loadSubwords(
            TestSupport.Reference.path("tokenizers/\(folder)"))
        for (block, sum) in sums.enumerated() {
            let codes = UInt32(block * 4096)..<UInt32(block * 4096 + 4096)
            var check = CRC32()
            for c in codes.lazy.compactMap({ Unicode.Scalar($0) }) {
                for word in tokenizer.words(of: "a\(c)b \(c)1 A\(c)\u{323}\u{345}\(c)") {
                    for byte in word.utf8 { check.add(byte) }
                    check.add(0x1F)
                }
            }
            #expect(check.value == sum, "from U+\(String(codes.lowerBound, radix: 16))")
        }
    }
}

/// The check sum of zlib.
private struct CRC32 {
    private var state: UInt32 = 0xFFFF_FFFF

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) * 0xEDB8_8320 }
    }

    mutating func add(_ byte: UInt8) {
        state = state >> 8 ^ Self.table[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
    }

    var value: UInt32 { ~state }
}
