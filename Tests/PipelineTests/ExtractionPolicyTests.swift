import Datasets
import Foundation
import Media
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Which features are taken, and what is done about clips that lack some.
@Suite struct ExtractionPolicyTests {
    private let data: AVEFolder

    /// A whole clip, one of each lack, and one whose sound ends 0.8 s before its picture.
    init() throws {
        data = try AVEFolder(clips: ["whole", "mute", "blind", "short", "silent", "uneven"])
        try data.makeClip("whole", grey: 50)
        try data.makeClip("mute", grey: 100, hasAudio: false)
        try data.ffmpeg("-f lavfi -i sine=d=2", to: data.clip("blind"))
        try data.makeClip("short", grey: 150, seconds: 1.2)
        let picture = "-f lavfi -i color=gray:s=64x48:r=10:d=2"
        try data.ffmpeg(
            "\(picture) -f lavfi -i anullsrc=cl=mono:d=2 -c:a pcm_s16le -f mov",
            to: data.clip("silent"))
        try data.ffmpeg("\(picture) -f lavfi -i sine=d=1.2", to: data.clip("uneven"))
    }

    private func extract(
        _ change: (inout ExtractionSettings) -> Void
    ) throws -> (cache: Cache, warnings: [String]) {
        let dataset = try DatasetCatalog.read(data.root, as: data.manifest)
        var settings = ExtractionSettings(
            segments: dataset.segments, segmentDuration: dataset.segmentDuration)
        settings.picture.size = PictureSize(width: 8, height: 8)
        change(&settings)
        let path = "\(data.path)/cache", warnings = Warnings()
        _ = try Extraction(dataset, settings, cache: path, .init()).run(
            command: "test", isCancelled: { false }, report: warnings.add)
        return (try Cache(opening: path), warnings.all)
    }

    private static let whole: Set = ["whole", "mute", "blind", "short", "silent", "uneven"]

    @Test(
        arguments: [
            ([], []), ([.noAudio], ["mute"]), ([.noVideo], ["blind"]),
            ([.short], ["short", "uneven"]), ([.silent], ["silent"]),
            ([.avLengthMismatch], ["uneven"]), ([.noAudio, .noVideo], ["mute", "blind"]),
            ([.corrupt], []),
        ] as [(Set<MediaError.Kind>, Set<String>)])
    func refusedOutcomesCostAClipAllItsData(kinds: Set<MediaError.Kind>, clips: Set<String>) throws
    {
        let cache = try extract { $0.refused = kinds }.cache
        for name in ["frames", "logmel"] {
            let feature = cache.feature(name)
            let failures = try feature.failures().filter { !$0.isPartial }
            #expect(Set(failures.map(\.clip)) == clips, "\(name)")
            #expect(failures.allSatisfy { kinds.map(\.rawValue).contains($0.outcome) })
            let index = try feature.index()
            #expect(Set(Self.whole.filter(index.contains)) == Self.whole.subtracting(clips))
        }
    }

    @Test func refusalIsInTheRecipeAndSaysWhy() throws {
        let cache = try extract { $0.refused = [.short, .noAudio] }.cache
        let feature = cache.feature("frames")
        #expect(try feature.recipe()?["refused"] == ["no-audio", "short"])
        #expect(
            try feature.failures().first { $0.clip == "mute" }?.message
                == "cannot use \(data.clip("mute")): there is no audio stream")
    }

    @Test func unevenStreamsAreAWarning() throws {
        let warnings = try extract { _ in }.warnings
        #expect(warnings.count == 2)
        #expect(warnings.first == "\(data.clip("silent")) is silent: all samples are equal")
        let uneven = "\(data.clip("uneven")) is av-length-mismatch: the video ends at "
        #expect(warnings.last?.hasPrefix(uneven) == true, "\(warnings)")
    }

    @Test(arguments: [
        (ExtractedFeature.frames, ["blind", "short"]),
        (.logMel, ["mute", "short", "uneven"]),
    ])
    func oneFeatureAloneIsTheSameAsWithTheOther(feature: ExtractedFeature, lacking: [String]) throws
    {
        let both = try extract { _ in }.cache
        let name = "\(feature.rawValue)/shard-00000.h5"
        let whole = try data.files(of: both.path)[name]
        try FileManager.default.removeItem(atPath: both.path)
        let (cache, warnings) = try extract { $0.features = [feature] }
        #expect(cache.featureNames() == [feature.rawValue])
        #expect(try cache.feature(feature.rawValue).failures().map(\.clip) == lacking)
        #expect(warnings.count == (feature == .logMel ? 1 : 0))
        let isSame = try data.files(of: cache.path)[name] == whole
        #expect(isSame)
    }

    @Test func settingsAreEncodedInOrder() throws {
        var settings = ExtractionSettings(segments: 10, segmentDuration: 1)
        settings.refused = Set(MediaError.Kind.allCases)
        let text = JSONLines.text(of: settings)
        let names = MediaError.Kind.allCases.map { "\"\($0.rawValue)\"" }.sorted()
        #expect(text.contains("\"refused\":[\(names.joined(separator: ","))]"))
        #expect(
            try JSONDecoder().decode(ExtractionSettings.self, from: Data(text.utf8)) == settings)
    }
}

/// The warnings of a run.
private final class Warnings: @unchecked Sendable {
    private(set) var all: [String] = []
    private let lock = NSLock()

    func add(_ event: StageEvent) {
        if case .warning(let text) = event { lock.withLock { all.append(text) } }
    }
}
