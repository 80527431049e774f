import Datasets
import Foundation
import TestSupport
import Testing

@testable import Storage

/// Hashes of weights are taken from `weights.jsonl` as long as the file is what it was.
@Suite struct WeightsHashTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var cache: String { folder.path }

    private func record(_ file: HashedFile) throws {
        try AtomicFile.write(JSONLines.seal([file]), to: "\(cache)/weights.jsonl")
    }

    /// A file of the system, which has not changed for long.
    @Test func knownHashIsUsedWhileTheFileIsTheSame() throws {
        let place = URL(filePath: "/bin/cat").resolvingSymlinksInPath().path()
        let file = try #require(HashedFile(place))
        let hash = try XXH3.hash(fileAt: place)
        let claimed = HashedFile(
            path: place, size: file.size, inode: file.inode, modified: file.modified,
            changed: file.changed - 1, hash: hash &+ 1)
        try record(claimed)
        #expect(try Cache.hash(ofWeights: "/bin/cat", cache: cache) == hash)

        let other = URL(filePath: "/bin/ls").resolvingSymlinksInPath().path()
        var same = try #require(HashedFile(other))
        same.hash = 42
        try record(same)
        #expect(try Cache.hash(ofWeights: "/bin/ls", cache: cache) == 42)
    }

    /// A change within the fineness of the system's clock would leave no trace.
    @Test func freshFilesAreHashedEachTime() throws {
        let path = "\(cache)/model.safetensors"
        try Data("one".utf8).write(to: URL(filePath: path))
        let one = try Cache.hash(ofWeights: path, cache: cache)
        #expect(one == XXH3.hash(Array("one".utf8)))
        try Data("two".utf8).write(to: URL(filePath: path))
        #expect(try Cache.hash(ofWeights: path, cache: cache) == XXH3.hash(Array("two".utf8)))
        let now = Date().timeIntervalSince1970
        let file = try #require(HashedFile(path))
        #expect(file.isRecent(at: now) && !file.isRecent(at: now + 10))
    }

    @Test func recordedHashesBelongToTheCache() throws {
        let dataset = Dataset(
            name: "none", samples: [], clips: [], vocabulary: [], segments: 1, segmentDuration: 1,
            findings: [])
        let cache = try Cache(folder.path, for: dataset)
        let hash = try Cache.hash(ofWeights: "/bin/cp", cache: cache.path)
        try cache.record(weights: ["/bin/cp"])
        let place = URL(filePath: "/bin/cp").resolvingSymlinksInPath().path()
        let recorded = try JSONLines.readSealed("\(cache.path)/weights.jsonl", as: HashedFile.self)
        #expect(recorded.map(\.path) == [place] && recorded.map(\.hash) == [hash])
        #expect(cache.leftovers().foreign.isEmpty)
        var damages = 0
        _ = try CacheVerification(of: cache.path, readingData: true) { _ in damages += 1 }
        #expect(damages == 0)
        var bytes = try Data(contentsOf: URL(filePath: "\(cache.path)/weights.jsonl"))
        bytes[10] ^= 1
        try bytes.write(to: URL(filePath: "\(cache.path)/weights.jsonl"))
        _ = try CacheVerification(of: cache.path, readingData: true) { _ in damages += 1 }
        #expect(damages == 1)
    }

    @Test func missingFileIsNamed() {
        let error = #expect(throws: StorageError.self) {
            try Cache.hash(ofWeights: "/nowhere", cache: "/nowhere")
        }
        #expect(error?.description == "cannot hash /nowhere: No such file or directory")
    }
}
