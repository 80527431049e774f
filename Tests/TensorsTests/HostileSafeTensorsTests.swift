import Foundation
import Tensors
import TestSupport
import Testing

/// Files with one thing wrong, and files with bits flipped at random.
@Suite struct HostileSafeTensorsTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Table: Decodable {
        struct File: Decodable {
            let name: String
            let base64: Data
            let accepted: Bool
        }

        let files: [File]
    }

    /// What the safetensors library accepts and avprep does not.
    private static let refusedByUs: Set = [
        "space before", "same name twice", "same name in another spelling", "metadata key twice",
        "metadata as null", "unknown key",
    ]

    private func files() throws -> [Table.File] {
        let path = Reference.path("safetensors-files.json")
        return try JSONDecoder().decode(Table.self, from: Data(contentsOf: URL(filePath: path)))
            .files
    }

    private func read(_ data: Data) throws -> SafeTensors {
        let path = "\(folder.path)/model.safetensors"
        try data.write(to: URL(filePath: path))
        return try SafeTensors(reading: path)
    }

    @Test func whatTheLibraryAcceptsIsAccepted() throws {
        let files = try files()
        #expect(files.count > 80)
        for file in files {
            let isAccepted = (try? read(file.base64)) != nil
            let expected = file.accepted && !Self.refusedByUs.contains(file.name)
            #expect(isAccepted == expected, "\(file.name)")
        }
        let names = Set(files.filter(\.accepted).map(\.name))
        #expect(Self.refusedByUs.isSubset(of: names))
    }

    /// Whatever is left of a header, reading is an error or gives tensors that lie in the file.
    @Test(arguments: 1...8)
    func flippedBitsNeverTrap(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let originals = try files().filter(\.accepted).map(\.base64)
        var refused = 0
        for round in 0..<1500 {
            var data = originals[round % originals.count]
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                // Mostly the header, and seldom its length.
                let range = Int.random(in: 0..<10, using: &generator) == 0 ? 0..<8 : 8..<data.count
                guard !range.isEmpty else { continue }
                data[Int.random(in: range, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            }
            guard let file = try? read(data) else {
                refused += 1
                continue
            }
            for (name, entry) in file.entries {
                #expect(try file.bytes(of: name).count == entry.range.count)
                _ = try? file.tensor(name)
            }
        }
        #expect(refused > 500)
    }
}
