import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct FeatureTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var feature: Feature { Feature(name: "frames", cache: folder.path) }

    private func add(_ clips: [String], group: Int, seed: UInt8, recipe: Recipe) throws {
        let writer = try ShardWriter(
            path: feature.nextShardPath(group: group), clips: clips, segments: 1,
            arrays: [ArraySpecification("rgb", .u8, shape: [1])],
            provenance: .rows(clips.map { _ in 0 }), recipe: recipe)
        for row in clips.indices {
            try writer.write(ShardRow(times: [0], valid: [true], arrays: [[seed]]), at: row)
        }
        try writer.finish()
    }

    @Test func laterGenerationCounts() throws {
        let recipe = Recipe(["kind": "frames"])
        try feature.prepare(recipe)
        try add(["a", "b"], group: 0, seed: 1, recipe: recipe)
        try add(["c"], group: 1, seed: 2, recipe: recipe)
        try add(["b"], group: 0, seed: 3, recipe: recipe)
        #expect(
            try feature.shardNames().map(\.description) == [
                "shard-00000.h5", "shard-00001.h5", "shard-00000.1.h5",
            ])
        let index = try feature.index()
        for (clip, seed) in [("a", UInt8(1)), ("b", 3), ("c", 2)] {
            let place = try #require(index.place(of: clip))
            #expect(try place.shard.bytes(of: "rgb", row: place.row) == [seed])
        }
        #expect(!index.contains("d"))
    }

    @Test func otherRecipeIsRefusedFieldByField() throws {
        let recipe = Recipe(["kind": "frames", "size": ["width": 224, "height": 224], "old": 1])
        try feature.prepare(recipe)
        try add(["a"], group: 0, seed: 1, recipe: recipe)
        let error = #expect(throws: StorageError.self) {
            try feature.prepare(
                Recipe(["kind": "frames", "size": ["width": 192, "height": 224], "new": true]))
        }
        #expect(error?.kind == .incompatible)
        #expect(
            error?.reason
                == "its recipe differs: new is true, was absent; old is absent, was 1; size.width is 192, was 224; "
                + "use another cache, or remove that folder"
        )
    }

    @Test func sameRecipeIsAccepted() throws {
        let recipe = Recipe(["mean": [0.5, 0.485], "name": "ümlaut/slash"])
        try feature.prepare(recipe)
        try feature.prepare(recipe)
        #expect(try feature.recipe() == recipe)
    }

    @Test func shardOfAnotherRecipeIsRefused() throws {
        try feature.prepare(Recipe(["kind": "frames"]))
        try add(["a"], group: 0, seed: 1, recipe: Recipe(["kind": "other"]))
        let error = #expect(throws: StorageError.self) { try feature.index() }
        #expect(error?.kind == .incompatible)
    }

    @Test func failuresAreKeptInTheOrderOfClips() throws {
        try feature.prepare(Recipe([:]))
        func failure(_ clip: String, _ message: String) -> ClipFailure {
            ClipFailure(
                clip: clip, outcome: "unreadable", message: message, isPartial: false, size: 1,
                modified: nil)
        }
        let order = ["a", "b", "c", "d"]
        try feature.record(["d": failure("d", "first"), "b": failure("b", "first")], order: order)
        try feature.record(["a": failure("a", "later"), "d": ClipFailure?.none], order: order)
        #expect(try feature.failures() == [failure("a", "later"), failure("b", "first")])
    }

    @Test func lockExcludesAnotherOwner() throws {
        try AtomicFile.createFolder(folder.path)
        let held = try FolderLock(folder: folder.path, part: nil, command: "avprep extract")
        let error = #expect(throws: StorageError.self) {
            try FolderLock(folder: folder.path, part: "1of2", command: "avprep extract")
        }
        #expect(error?.kind == .locked)
        #expect(error?.reason.contains("avprep extract") == true)
        withExtendedLifetime(held) {}
    }

    @Test func partsShareTheLockAndExcludeThemselves() throws {
        let first = try FolderLock(folder: folder.path, part: "1of2", command: "one")
        let second = try FolderLock(folder: folder.path, part: "2of2", command: "two")
        #expect(throws: StorageError.self) {
            try FolderLock(folder: folder.path, part: "2of2", command: "again")
        }
        #expect(throws: StorageError.self) {
            try FolderLock(folder: folder.path, part: nil, command: "whole")
        }
        withExtendedLifetime((first, second)) {}
    }
}
