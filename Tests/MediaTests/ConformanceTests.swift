import Foundation
import Testing

@testable import Media

/// What a decoder delivers from real files, compared with what FFmpeg's own programs deliver.
@Suite("Conformance", .enabled(if: Corpus.folder != nil, "AVPREP_MEDIA names no folder"))
struct ConformanceTests {
    /// Why the pictures of a file are not compared.
    static let incomparablePictures = [
        "bad/no_timescale.mp4": "pictures are concealed garbage, by the account of the truth itself"
    ]

    @Test(arguments: Corpus.withPictures)
    func firstPicturesHaveTheTimesAndBytesOfTheTruth(_ entry: Corpus.Entry) throws {
        let times = try #require(Corpus.firstTimes[entry.file])
        let sequence = try ClipDecoder.pictures(in: entry.path, limit: 12, upright: false)
        #expect(sequence.timeBase.description == times["time_base"])
        let ticks = sequence.ticks.map { $0.map { "\($0)" } ?? "-" }
        #expect(ticks.joined(separator: " ") == times["pts"])
        guard Self.incomparablePictures[entry.file] == nil else { return }
        let sums = sequence.pictures.map { md5($0.rgb) }
        #expect(try sums == Corpus.pictureSums(entry))
    }

    @Test(arguments: Corpus.withPictures)
    func picturesAreCounted(_ entry: Corpus.Entry) throws {
        let (pictures, complaints) = try MediaFile.countPictures(in: entry.path)
        #expect(pictures == entry.count("video_frames"))
        #expect(complaints > 0 || entry["v_errors"] != "yes", "damage goes unnoticed")
        #expect(complaints == 0 || entry["v_errors"] == "yes", "damage is imagined")
    }

    @Test(arguments: Corpus.entries.filter { ($0.count("audio_samples") ?? 0) > 0 })
    func samplesAreCounted(_ entry: Corpus.Entry) throws {
        let (samples, complaints) = try MediaFile.countSamples(in: entry.path)
        #expect(samples == entry.count("audio_samples"))
        #expect(complaints == 0)
    }
}
