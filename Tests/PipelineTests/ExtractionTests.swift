import Datasets
import Foundation
import Media
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct ExtractionTests {
    private let data: AVEFolder

    /// Five clips: two whole, one silent film, one short, one that is no media file; one is absent.
    init() throws {
        data = try AVEFolder(clips: ["one", "-two", "mute", "short", "page", "gone"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("-two", grey: 200)
        try data.makeClip("mute", grey: 100, hasAudio: false)
        try data.makeClip("short", grey: 150, seconds: 1.2)
        try Data("<html>quota exceeded</html>".utf8).write(to: URL(filePath: data.clip("page")))
    }

    @discardableResult
    private func extract(
        _ name: String = "cache", size: Int = 8,
        _ change: (inout Extraction.Configuration) -> Void = { _ in }
    ) throws -> StageSummary {
        var configuration = Extraction.Configuration()
        change(&configuration)
        let dataset = try DatasetCatalog.read(data.root, as: data.manifest)
        return try Extraction(
            dataset, settings(of: dataset, size), cache: cache(name), configuration
        ).run(
            command: "test", isCancelled: { false }, report: { _ in })
    }

    private func settings(of dataset: Dataset, _ size: Int = 8) -> ExtractionSettings {
        var settings = ExtractionSettings(
            segments: dataset.segments, segmentDuration: dataset.segmentDuration)
        settings.picture.size = PictureSize(width: size, height: size)
        return settings
    }

    private func cache(_ name: String = "cache") -> String { "\(data.path)/\(name)" }

    @Test func everyClipHasDataOrAReason() throws {
        let summary = try extract()
        #expect(summary.processed == 6)
        let cache = try Cache(opening: cache())
        let frames = cache.feature("frames"), logMel = cache.feature("logmel")
        #expect(
            try frames.failures().map { "\($0.clip) \($0.outcome) \($0.isPartial)" } == [
                "short short true", "page unreadable false", "gone missing false",
            ])
        #expect(
            try logMel.failures().map { "\($0.clip) \($0.outcome) \($0.isPartial)" } == [
                "mute no-audio true", "short short true", "page unreadable false",
                "gone missing false",
            ])
        let index = try frames.index()
        for (clip, grey, valid) in [
            ("one", 50, [true, true]), ("-two", 200, [true, true]), ("mute", 100, [true, true]),
            ("short", 150, [true, false]),
        ] {
            let (shard, row) = try #require(index.place(of: clip))
            #expect(try shard.valid(row: row) == valid)
            let times = try shard.times(row: row)
            #expect(times[0] == 0.5)
            #expect(valid[1] ? times[1] == 1.5 : times[1].isNaN)
            let rgb = try shard.bytes(of: "rgb", row: row)
            #expect(rgb.count == 2 * 8 * 8 * 3)
            #expect(rgb.prefix(192).allSatisfy { abs(Int($0) - grey) <= 2 })
            #expect(rgb.suffix(192).allSatisfy { abs(Int($0) - (valid[1] ? grey : 0)) <= 2 })
        }
        let (shard, row) = try #require(try logMel.index().place(of: "mute"))
        #expect(try shard.valid(row: row) == [false, false])
        #expect(shard.arrays.first { $0.name == "logmel" }?.shape == [2, 102, 128])
    }

    @Test func secondRunHasNothingToDo() throws {
        try extract()
        let before = try data.files(of: cache())
        let summary = try extract()
        #expect(summary.processed == 0 && summary.skipped == 6)
        #expect(summary.failedClips == 4)
        #expect(try data.files(of: cache()) == before)
    }

    @Test(arguments: [2, 5])
    func bytesDoNotDependOnJobs(jobs: Int) throws {
        try extract("serial")
        try extract("parallel") { $0.jobs = jobs }
        #expect(try data.files(of: cache("parallel")) == data.files(of: cache("serial")))
    }

    /// A run killed after it recorded a group's failures and before it published a shard.
    @Test(arguments: ["frames", "logmel"])
    func failuresAreKnownBeforeTheirShard(feature: String) throws {
        try extract()
        let before = try data.files(of: cache())
        try FileManager.default.removeItem(atPath: "\(cache())/\(feature)/shard-00000.h5")
        #expect(try extract().failedClips == 4)
        let isSame = try data.files(of: cache()) == before
        #expect(isSame)
    }

    @Test func lostSampleListIsWrittenAgain() throws {
        try extract()
        let before = try data.files(of: cache())
        try FileManager.default.removeItem(atPath: "\(cache())/samples.jsonl")
        try extract()
        let isSame = try data.files(of: cache()) == before
        #expect(isSame)
    }

    @Test func repairedClipIsAddedAndNothingIsRewritten() throws {
        try extract()
        let before = try data.files(of: cache())
        try data.makeClip("gone", grey: 20)
        let summary = try extract()
        #expect(summary.processed == 1)
        let after = try data.files(of: cache())
        for name in ["frames/shard-00000.h5", "logmel/shard-00000.h5"] {
            #expect(after[name] == before[name])
        }
        #expect(after["frames/shard-00000.1.h5"] != nil)
        let feature = try Cache(opening: cache()).feature("frames")
        #expect(try feature.index().contains("gone"))
        #expect(try !feature.failures().map(\.clip).contains("gone"))
    }

    @Test func changedClipIsReadAgain() throws {
        try extract()
        try data.makeClip("one", grey: 220)
        #expect(try extract().processed == 1)
        let place = try Cache(opening: cache()).feature("frames").index().place(of: "one")
        let (shard, row) = try #require(place)
        #expect(abs(Int(try shard.bytes(of: "rgb", row: row)[0]) - 220) <= 2)
    }

    @Test func touchedClipIsLeftAlone() throws {
        try extract()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: data.clip("one"))
        #expect(try extract().processed == 0)
    }

    /// The year 2300 is beyond what nanoseconds since 1970 can count in 64 bits.
    @Test func clipFromTheFutureIsReadOnce() throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 10_413_792_000)],
            ofItemAtPath: data.clip("one"))
        #expect(try extract().processed == 6)
        #expect(try extract().processed == 0)
    }

    @Test func failedClipsAreRetriedOnRequestOnly() throws {
        try extract()
        #expect(try extract().processed == 0)
        #expect(try extract { $0.retriesFailed = true }.processed == 4)
    }

    @Test func limitStopsAndTheNextRunGoesOn() throws {
        let first = try extract { $0.limit = 2 }
        #expect(first.processed == 2 && first.skipped == 0 && first.reachedLimit)
        let second = try extract()
        #expect(second.processed == 4 && second.skipped == 2 && !second.reachedLimit)
        #expect(try Cache(opening: cache()).feature("frames").index().contains("short"))
    }

    @Test func otherRecipeIsRefused() throws {
        try extract()
        let error = #expect(throws: StorageError.self) {
            try extract(size: 16)
        }
        #expect(error?.kind == .incompatible)
        #expect(
            error?.reason
                == "its recipe differs: picture.size.height is 16, was 8; picture.size.width is 16, was 8; "
                + "use another cache, or remove that folder"
        )
    }

    @Test func otherClassesAreRefused() throws {
        try extract()
        let annotations = try String(
            contentsOfFile: "\(data.root)/Annotations.txt", encoding: .utf8)
        let first = try #require(annotations.split(separator: "&").first)
        for name in ["Annotations.txt", "trainSet.txt", "valSet.txt", "testSet.txt"] {
            let path = "\(data.root)/\(name)"
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            try Data(text.replacing("\(first)&", with: "Other&").utf8)
                .write(to: URL(filePath: path))
        }
        let error = #expect(throws: StorageError.self) { try extract() }
        #expect(error?.kind == .incompatible)
        #expect(error?.reason.contains("its classes are others") == true)
    }

    @Test func clipsThatAreAddedToADataSetAreMadeAndRemovedOnesCountNoMore() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "c"] {
            try FileManager.default.copyItem(
                atPath: data.clip("one"), toPath: "\(folder.path)/\(name).mp4")
        }
        func extract() throws -> StageSummary {
            var dataset = try DatasetCatalog.read(folder.path, as: "folder")
            (dataset.segments, dataset.segmentDuration) = (2, 1)
            return try Extraction(
                dataset, settings(of: dataset), cache: "\(folder.path)/.cache", .init()
            ).run(command: "test", isCancelled: { false }, report: { _ in })
        }
        #expect(try extract().processed == 2)
        try FileManager.default.copyItem(
            atPath: data.clip("-two"), toPath: "\(folder.path)/b.mp4")
        #expect(try extract().processed == 1)
        let cache = try Cache(opening: "\(folder.path)/.cache")
        #expect(try cache.clips() == ["a", "b", "c"])
        let index = try cache.feature("frames").index()
        #expect(index.contains("a") && index.contains("b") && index.contains("c"))
        try FileManager.default.removeItem(atPath: "\(folder.path)/a.mp4")
        let summary = try extract()
        #expect(summary.processed == 0 && summary.failedClips == 0)
        #expect(try Cache(opening: cache.path).clips() == ["b", "c"])
    }

    @Test func cancelledRunPublishesWholeGroupsOnly() throws {
        let dataset = try DatasetCatalog.read(data.root, as: data.manifest)
        let asked = Mutex(0)
        let summary = try Extraction(dataset, settings(of: dataset), cache: cache(), .init()).run(
            command: "test",
            isCancelled: {
                asked.withLock { asked in
                    asked += 1; return asked > 3
                }
            },
            report: { _ in })
        #expect(summary.wasCancelled && summary.processed == 3)
        #expect(try Cache(opening: cache()).feature("frames").index().shards.isEmpty)
    }
}
