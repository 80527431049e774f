import Foundation
import Storage
import TestSupport
import Testing

/// The options of `avprep extract` that say what is taken from a clip.
@Suite struct ExtractionOptionTests {
    private let data: AVEFolder

    private var cache: String { "\(data.path)/cache" }

    init() throws {
        data = try AVEFolder(clips: ["one", "mute"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("mute", grey: 90, hasAudio: false)
    }

    private func extract(_ more: [String]) throws -> Program.Result {
        try Program.run(
            ["extract", data.root, "--dataset", data.manifest, "--cache", cache, "--size", "16"]
                + more)
    }

    /// Shape of an array, and the times of a clip.
    private func frames(of clip: String) throws -> (shape: [Int]?, times: [Double]) {
        let place = try Cache(opening: cache).feature("frames").index().place(of: clip)
        let (shard, row) = try #require(place)
        return (shard.arrays.first { $0.name == "rgb" }?.shape, try shard.times(row: row))
    }

    @Test(arguments: [
        (["--fps", "4"], [8, 16, 16, 3], [0.1, 0.3, 0.6, 0.8, 1.1, 1.3, 1.6, 1.8]),
        (["--frames", "3"], [3, 16, 16, 3], [0.3, 1.0, 1.6]),
        (["--times", "0,1.25"], [2, 16, 16, 3], [0.0, 1.2]),
        (["--size", "20x10"], [2, 10, 20, 3], [0.5, 1.5]),
        (["--frame-preset", "stgcma", "--fps", "1"], [2, 16, 16, 3], [0.5, 1.5]),
        (["--segments", "4", "--segment-seconds", "0.5"], [4, 16, 16, 3], [0.2, 0.7, 1.2, 1.7]),
    ])
    func framesAreTakenAsAsked(options: [String], shape: [Int], times: [Double]) throws {
        let result = try extract(options)
        #expect(result.status == 3, "\(result.errors)")
        let found = try frames(of: "one")
        #expect(found.shape == shape)
        // The clip has ten pictures in a second.
        #expect(found.times.map { ($0 * 10).rounded() / 10 } == times)
    }

    @Test(arguments: [
        (["--fps", "0"], "--fps must lie in 0.001…1000."),
        (["--fps", "1", "--frames", "2"], "--frames cannot stand beside fps."),
        (["--times", "1,0"], "--times must be seconds that ascend from 0."),
        (["--times", "1,x"], "--times '1,x' is not a list of seconds such as 0.5,1.5."),
        (["--size", "0"], "--size '0' is not N or WxH with sides in 1…4096."),
        (["--fit", "squish"], "--fit 'squish' is unknown (known: squash"),
        (["--resize", "cubic"], "--resize 'cubic' is unknown (known: "),
        (["--features", "frames,sound"], "--features 'sound' is unknown (known: frames, logmel"),
        (["--on", "no-audio"], "--on 'no-audio' is not outcome=fail or outcome=mask."),
        (["--on", "no-audio=skip"], "--on 'no-audio=skip' is neither fail nor mask."),
        (["--on", "missing=mask"], "--on 'missing' leaves nothing that could be masked."),
        (["--segments", "0"], "--segments must lie in 1…10000."),
        (["--retry-failed=Timeout"], "--retry-failed 'Timeout' is no class of failure (known: "),
        (["--time-budget", "2"], "--time-budget '2' is not a time such as 90s or 2h."),
        (["--lock-wait=long"], "--lock-wait 'long' is not a number of seconds."),
    ])
    func wrongOptionEndsWithTwoAndOneLine(options: [String], words: String) throws {
        let result = try extract(options)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.hasPrefix("avprep: \(words)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(!FileManager.default.fileExists(atPath: cache))
    }

    @Test func policyDecidesAboutClipsWithGaps() throws {
        #expect(try extract(["--on", "no-audio=fail"]).status == 3)
        let index = try Cache(opening: cache).feature("frames").index()
        #expect(index.contains("one") && !index.contains("mute"))
        let masked = try extract(["--on", "no-audio=mask"])
        #expect(masked.status == 5)
        #expect(masked.errors.contains("refused is [], was [\"no-audio\"]"), "\(masked.errors)")
    }

    @Test func oneFeatureIsMadeAlone() throws {
        #expect(try extract(["--features", "frames"]).status == 0)
        #expect(!FileManager.default.fileExists(atPath: "\(cache)/logmel"))
        #expect(try extract([]).errors.contains("2 clips in "))
    }

    @Test func classesOfFailureAreRetriedSelectively() throws {
        try Data().write(to: URL(filePath: data.clip("one")))
        try FileManager.default.removeItem(atPath: data.clip("mute"))
        #expect(try extract([]).status == 3)
        #expect(try extract(["--retry-failed=timeout"]).errors.contains("extract: 0 clips"))
        #expect(try extract(["--retry-failed=missing"]).errors.contains("extract: 1 clips"))
        #expect(
            try extract(["--retry-failed=missing,unreadable"]).errors.contains("extract: 2 clips"))
        #expect(try extract(["--retry-failed"]).errors.contains("extract: 2 clips"))
    }
}
