import Foundation
import Tensors
import TestSupport
import Testing

@testable import Media

/// What a decoder delivers from real files, compared with what FFmpeg's own programs deliver.
@Suite("Conformance", .enabled(if: Corpus.folder != nil, "AVPREP_MEDIA names no folder"))
struct ConformanceTests {
    /// Without its tables every test below would pass for want of cases.
    @Test func corpusIsThere() {
        #expect(Corpus.entries.count > 100 && Corpus.firstTimes.count > 80)
    }

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

    @Test(arguments: Corpus.withPictures)
    func pictureOfATimeIsTheLastThatBegan(_ entry: Corpus.Entry) throws {
        let sequence = try ClipDecoder.pictures(in: entry.path, limit: 12)
        let zero = try zero(of: entry.path)
        var starts = sequence.pictures.map { $0.time - zero }
        guard zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }) else { return }
        var expected = sequence.pictures.map(\.rgb)
        // The last one may be followed by another at any time.
        let halves = zip(starts, starts.dropFirst()).map { ($0 + $1) / 2 }
        starts = (starts + halves).sorted()
        expected = starts.map { time in
            expected[sequence.pictures.lastIndex { $0.time - zero <= time + 1e-6 }!]
        }
        let isShown = starts.map { $0 >= 0 }
        let times = zip(starts, isShown).compactMap { $1 ? $0 : nil }
        var request = ClipRequest(times: times, pictureSize: nil, duration: 1)
        request.picture.appliesAspectRatio = false
        request.picture.deinterlacing = .off
        let clip = try ClipDecoder.decode(entry.path, request)
        let shown = zip(expected, isShown).compactMap { $1 ? $0 : nil }
        // As a value of its own: the difference of long arrays takes minutes to describe.
        let isEqual = clip.pictures.map { $0?.rgb } == shown
        #expect(isEqual)
    }

    /// Times of which each is the last that began by one of the wanted ones, as ffprobe lists them.
    @Test(arguments: Corpus.withPictures)
    func pictureOfATimeIsTheOneThatTheListNames(_ entry: Corpus.Entry) throws {
        guard Self.incomparablePictures[entry.file] == nil else { return }
        let starts = try Fixture.presentationTimes(entry.path)
        guard zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }) else { return }
        let zero = try zero(of: entry.path)
        let wanted = [0, 0.04, 0.1, 0.5, 0.77, 1, 1.5, 2.2, 3.3, 4.9, 7.6, 9.99]
        var request = ClipRequest(
            times: wanted, pictureSize: PictureSize(width: 8, height: 8), duration: 10)
        request.wantsSound = false
        let pictures = try ClipDecoder.decode(entry.path, request).pictures
        for (time, picture) in zip(wanted, pictures) {
            let shown = starts.last { $0 - zero <= time + 1e-6 }
            if let picture {
                #expect(abs(picture.time - (shown ?? .nan) + zero) < 2e-6, "at \(time) s")
            } else {
                #expect(shown == nil || shown == starts.last, "at \(time) s")
            }
        }
    }

    /// Seconds in the file's own count at which its timeline begins.
    private func zero(of path: String) throws -> Double {
        let summary = try MediaFile.summary(of: path)
        let indices = [summary.videoIndex, summary.audioIndex].compactMap(\.self)
        let start = indices.compactMap { summary.streams[$0].start }.min() ?? 0
        return start < 0 ? 0 : start
    }

    /// What is thrown or found for files that are not whole; `ok` stands for any finding but these.
    static let outcomes: [String: Set<MediaError.Kind>] = [
        "av/sample_vvc.mp4": [.unsupported],
        "bad/--iSerV5DbY_119000_129000.npy": [.unreadable],
        "bad/AudioVideoInterleave.avi": [.unreadable],
        "bad/FlashVideo.flv": [.unreadable],
        "bad/WindowsMediaVideo.wmv": [.unreadable],
        "bad/chunk_out_of_range.mp4": [.unreadable],
        "bad/corrupted.mp4": [.corrupt, .short, .noAudio],
        "bad/invalid_file.wav": [.unreadable],
        "bad/malformed-sei-init.mp4": [.unreadable],
        "bad/mp3.mp3": [.unreadable],
        "bad/mp4_extended_size_truncated.m4a": [.unreadable],
        "bad/no_timescale.mp4": [.corrupt, .short, .noAudio],
        "bad/oversized-id3.wav": [.noVideo, .short, .silent],
        "bad/sample-with-large-length.avi": [.short],
        "bad/sample_malformed_free_box.mp4": [.unreadable],
        "bad/sample_missing_stsd.mp4": [.corrupt, .short],
        "bad/sample_with_invalid_nalu.mp4": [.corrupt, .short, .noAudio],
        "bad/transparency-faulty.webm": [.short, .noAudio],
        "bad/wav.wav": [.unreadable],
        "bad/webm.webm": [.short, .noAudio],
    ]

    @Test(arguments: Corpus.entries)
    func everyFileIsDecodedOrClassified(_ entry: Corpus.Entry) throws {
        let request = ClipRequest(
            times: (0..<10).map { Double($0) + 0.5 },
            pictureSize: PictureSize(width: 64, height: 64))
        var kinds: Set<MediaError.Kind>
        do {
            let clip = try ClipDecoder.decode(entry.path, request)
            kinds = Set(clip.findings.map(\.kind))
            #expect((entry.count("video_frames") ?? 0 > 0) == (clip.videoEnd != nil))
            #expect((entry.count("audio_samples") ?? 0 > 0) == !clip.audioRange.isEmpty)
            #expect(clip.samples.allSatisfy { $0.isFinite } && clip.samples.count <= 160_000)
        } catch {
            kinds = [error.kind]
        }
        if let expected = Self.outcomes[entry.file] {
            #expect(kinds == expected)
        } else {
            #expect(kinds.isSubset(of: [.noAudio, .noVideo, .short, .silent]))
            #expect(kinds.contains(.noAudio) == (entry.count("audio_samples") == nil))
            #expect(kinds.contains(.noVideo) == (entry.count("video_frames") == nil))
        }
    }

    /// Files whose audio is turned into log-mel values by ffmpeg and torchaudio in `tools/references/logmel.py`.
    ///
    /// The lossy ones are decoded to samples whose last bits depend on the processor.
    @Test(arguments: [
        "audio_only/jfk.flac", "audio_only/test.wav", "av/bigbuckbunny.mp4", "av/frog.webm",
    ])
    func logMelAgreesWithTheReference(_ file: String) throws {
        let reference = try Reference.tensors("logmel")
        let (published, exact) = try (
            reference.tensor("\(file).fbank"), reference.tensor("\(file).exact")
        )
        let clip = try ClipDecoder.decode(
            "\(Corpus.folder!)/\(file)", ClipRequest(times: [], pictureSize: nil, duration: 60))
        let all = LogMelExtractor(.ast).filterBank(clip.samples[clip.audioRange])
        let rows = stride(from: 0, to: all.shape[0], by: 16)
        let values = Tensor(
            rows.flatMap { all.elements[($0 * 128)..<(($0 + 1) * 128)] },
            shape: [Array(rows).count, 128])
        #expect(values.shape == exact.shape)
        if file.hasPrefix("av/") { return #expect(greatestDifference(values, exact) < 1e-2) }
        // At 44.1 kHz, samples are resampled, which rounds them.
        if file == "audio_only/jfk.flac" { return #expect(agree(values, exact)) }
        #expect(greatestDifference(values, exact) < 1e-4)
        #expect(greatestDifference(values, published, unless: exact) < 2e-4)
    }

    @Test(arguments: Corpus.entries.filter { ($0.count("audio_samples") ?? 0) > 0 })
    func samplesAreCounted(_ entry: Corpus.Entry) throws {
        let (samples, complaints) = try MediaFile.countSamples(in: entry.path)
        #expect(samples == entry.count("audio_samples"))
        #expect(complaints == 0)
    }
}
