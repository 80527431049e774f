import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct ShardTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }
    let recipe = Recipe(["kind": "test", "rate": 16000])
    let arrays = [
        ArraySpecification("rgb", .u8, shape: [2, 3]),
        ArraySpecification("half", .f16, shape: [2, 4]),
        ArraySpecification("logmel", .f32, shape: [2, 1]),
        ArraySpecification("block", .i8, shape: [2, 5]),
        ArraySpecification("block_token", .i32, shape: [2, 5]),
    ]
    let clips = ["--dash", "ünï code"]

    private func row(_ seed: UInt8) -> ShardRow {
        ShardRow(
            times: [Double(seed), .nan], valid: [true, false],
            arrays: arrays.map { (0..<UInt8($0.rowSize)).map { $0 &* 31 &+ seed } })
    }

    private func source(_ seed: UInt64) -> SourceStamp {
        SourceStamp(path: "AVE/\(seed).mp4", size: seed, modified: -5, hash: .max - seed)
    }

    private func write(_ name: String) throws {
        let writer = try ShardWriter(
            path: "\(folder.path)/\(name)", clips: clips, segments: 2, arrays: arrays,
            provenance: .files([source(1), source(2)]), recipe: recipe)
        try writer.write(row(7), at: 1)
        try writer.write(row(3), at: 0)
        try writer.finish()
    }

    @Test func rowsRoundTrip() throws {
        try write("shard-00000.h5")
        let shard = try Shard(reading: "\(folder.path)/shard-00000.h5")
        #expect(shard.clips == clips)
        guard case .files(let sources) = shard.provenance else {
            Issue.record("the shard has lost its sources")
            return
        }
        #expect(sources == [source(1), source(2)])
        #expect(shard.fingerprint == recipe.fingerprint)
        for (index, seed) in [UInt8(3), 7].enumerated() {
            #expect(try shard.times(row: index)[0] == Double(seed))
            #expect(try shard.times(row: index)[1].isNaN)
            #expect(try shard.valid(row: index) == [true, false])
            for (array, bytes) in zip(arrays, row(seed).arrays) {
                #expect(try shard.bytes(of: array.name, row: index) == bytes)
            }
            #expect(try shard.damagedArrays(row: index) == [])
        }
    }

    @Test func textsHaveNoTimes() throws {
        let path = "\(folder.path)/shard-00000.h5"
        let writer = try ShardWriter(
            path: path, clips: ["text-0", "text-1", "text-2"], segments: 4, hasTimes: false,
            arrays: [ArraySpecification("block", .u8, shape: [1, 4])],
            provenance: .rows([1, 2, 3]), recipe: recipe)
        for row in [0, 2] {
            let valid = [true, true, row > 0, false]
            try writer.write(
                ShardRow(times: [], valid: valid, arrays: [[1, 2, 3, UInt8(row)]]), at: row)
        }
        try writer.finish(keeping: [0, 2])
        let shard = try Shard(reading: path)
        #expect(
            shard.clips == ["text-0", "text-2"] && shard.arrays.map(\.name) == ["block", "valid"])
        #expect(try shard.times(row: 1) == [])
        #expect(try shard.valid(row: 1) == [true, true, true, false])
        #expect(try shard.bytes(of: "block", row: 1) == [1, 2, 3, 2])
        #expect(try shard.damagedArrays(row: 1) == [])
    }

    /// The library finds what the directory at the end says, so that h5py reads the same.
    @Test func directoryAgreesWithHDF5() throws {
        try write("shard-00000.h5")
        let path = "\(folder.path)/shard-00000.h5"
        let view = try HDF5View(path), directory = try directory(of: path)
        #expect(view.attribute("fingerprint") == directory.fingerprint)
        #expect(view.attribute("recipe") == recipe.fields.text)
        #expect(directory.arrays.count == 13)
        for entry in directory.arrays {
            let dataset = view.dataset(entry.name)
            #expect(dataset.offset == entry.offset && dataset.shape == entry.shape)
            #expect(dataset.elementSize == ElementType(entry.type)?.size, "\(entry.name)")
        }
    }

    /// Whoever makes a file whose hash is right can still not make the program read beyond its end.
    @Test(arguments: [
        ("u8", [2, 1 << 40]), ("u8", [2, .max]), ("f99", [2, 2]), ("u8", [2, -1]), ("u8", [0]),
        ("u8", []), ("text999999999", [2]), ("u64", [2, 4]),
    ])
    func forgedDirectoryIsRefused(type: String, shape: [Int]) throws {
        try write("shard-00000.h5")
        let path = "\(folder.path)/shard-00000.h5"
        let whole = try directory(of: path)
        for index in whole.arrays.indices {
            var arrays = whole.arrays
            let old = arrays[index]
            arrays[index] = .init(name: old.name, type: type, shape: shape, offset: old.offset)
            let forged = ShardDirectory(
                fingerprint: "", arrays: arrays, checksummed: whole.checksummed)
            let bytes = try Data(contentsOf: URL(filePath: path)).prefix(60_000) + forged.bytes
            let copy = "\(folder.path)/forged.h5"
            try bytes.write(to: URL(filePath: copy))
            let frame = (try? forged.frame(end: bytes.count, of: copy)) ?? []
            let hash = try hash(of: frame, in: copy)
            try (bytes + withUnsafeBytes(of: hash) { Data($0) }).write(to: URL(filePath: copy))
            do throws(StorageError) {
                let shard = try Shard(reading: copy)
                for row in shard.clips.indices { _ = try shard.damagedArrays(row: row) }
            } catch {
                #expect(error.kind == .damaged)
            }
        }
    }

    private func directory(of path: String) throws -> ShardDirectory {
        let file = try Descriptor(path, O_RDONLY)
        return try ShardDirectory(reading: file)
    }

    private func hash(of frame: [Range<Int>], in path: String) throws -> UInt64 {
        let file = try Descriptor(path, O_RDONLY)
        return try XXH3.hash(of: frame, in: file)
    }

    @Test func equalContentsGiveEqualBytes() throws {
        try write("shard-00000.h5")
        usleep(1_100_000)  // HDF5 would note the second of making.
        try write("shard-00001.h5")
        let files = try [0, 1].map {
            try Data(contentsOf: URL(filePath: "\(folder.path)/shard-0000\($0).h5"))
        }
        #expect(files[0] == files[1])
    }

    @Test func unfinishedShardLeavesNothing() throws {
        do {
            let writer = try ShardWriter(
                path: "\(folder.path)/shard-00000.h5", clips: clips, segments: 2, arrays: arrays,
                provenance: .rows([1, 2]), recipe: recipe)
            try writer.write(row(1), at: 0)
            #expect(try folder.contents() == [".tmp-shard-00000.h5"])
        }
        #expect(try folder.contents() == [])
    }

    @Test func layoutsOfDeadProcessesAreRemoved() throws {
        let living = "avprep-\(ProcessInfo.processInfo.processIdentifier)-1"
        for name in ["avprep-999999999-1", living, "avprep-other", "other-999999999-1"] {
            try Data().write(to: URL(filePath: "\(folder.path)/\(name)"))
        }
        HDF5.removeLayoutsOfTheDead(in: folder.path)
        #expect(try folder.contents() == [living, "avprep-other", "other-999999999-1"].sorted())
    }

    @Test func damageIsFoundAndNamed() throws {
        try write("shard-00000.h5")
        let path = "\(folder.path)/shard-00000.h5"
        var bytes = try Data(contentsOf: URL(filePath: path))
        let shard = try Shard(reading: path)
        let half = Data(try shard.bytes(of: "half", row: 1))
        let place = try #require(bytes.range(of: half)).lowerBound
        bytes[place + 5] ^= 1
        try bytes.write(to: URL(filePath: path))
        let damaged = try Shard(reading: path)
        #expect(try damaged.damagedArrays(row: 0) == [])
        #expect(try damaged.damagedArrays(row: 1) == ["half"])
    }

    @Test func truncatedFileIsRefused() throws {
        try write("shard-00000.h5")
        let path = "\(folder.path)/shard-00000.h5"
        let bytes = try Data(contentsOf: URL(filePath: path))
        for count in [0, 100, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: URL(filePath: path))
            let error = #expect(throws: StorageError.self) { try Shard(reading: path) }
            #expect(error?.operation.contains("shard-00000.h5") == true)
        }
    }

    @Test(arguments: [
        ("shard-00000.h5", 0, 0), ("shard-12345.h5", 12345, 0), ("shard-00007.2.h5", 7, 2),
        ("shard-123456.h5", 123456, 0),
    ])
    func namesRoundTrip(name: String, group: Int, generation: Int) throws {
        let parsed = try #require(ShardName(name))
        #expect(parsed.group == group && parsed.generation == generation)
        #expect(parsed.description == name)
    }

    @Test(arguments: [
        ".tmp-shard-00000.h5", "shard-0.h5", "shard-00000.0.h5", "shard-x.h5", "shard-00000.h5.bak",
    ])
    func otherNamesAreNotShards(name: String) {
        #expect(ShardName(name) == nil)
    }
}
