import Datasets
import Foundation
import Media
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Clips of data sets that have no common length.
@Suite struct VaryingLengthTests {
    @Test(arguments: [(false, 1), (true, 0)])
    func shortClipLacksNothingWhereLengthsVary(allowsShortClips: Bool, failures: Int) throws {
        let data = try AVEFolder(clips: ["short"])
        try data.makeClip("short", grey: 90, seconds: 1.2)
        let dataset = try DatasetCatalog.read(data.root, as: data.manifest)
        var settings = ExtractionSettings(
            segments: dataset.segments, segmentDuration: dataset.segmentDuration)
        settings.picture.size = PictureSize(width: 8, height: 8)
        settings.allowsShortClips = allowsShortClips
        let summary = try Extraction(
            dataset, settings, cache: "\(data.path)/cache", Extraction.Configuration()
        ).run(command: "test", isCancelled: { false }, report: { _ in })
        #expect(summary.failedClips == failures)
        let frames = try Cache(opening: "\(data.path)/cache").feature("frames").index()
        let place = try #require(frames.place(of: "short"))
        #expect(try place.shard.valid(row: place.row) == [true, false])
    }

    @Test func dataSetsWithoutACommonLengthSaySo() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(filePath: "\(folder.path)/a.mp4"))
        #expect(try DatasetCatalog.read(folder.path, as: "folder").hasVaryingLengths)
        let data = try AVEFolder(clips: ["a"])
        #expect(try !DatasetCatalog.read(data.root, as: data.manifest).hasVaryingLengths)
    }
}
