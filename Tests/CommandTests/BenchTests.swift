import Foundation
import TestSupport
import Testing

/// `avprep bench`, whose answers `make bench` reads.
@Suite struct BenchTests {
    private let data: AVEFolder

    init() throws {
        data = try AVEFolder(clips: ["one"])
        try data.makeClip("one", grey: 50)
    }

    private func answers(
        _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [[String: Any]] {
        let result = try Program.run(["bench"] + arguments + ["--json"])
        #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
        return try result.output.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(object as? [String: Any], sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: ["clips", "logmel"])
    func eachFileHasOneAnswerWithAllRepetitions(what: String) throws {
        let clip = data.clip("one")
        let answers = try answers([what, clip, clip, "--repeat", "3"])
        #expect(answers.map { $0["file"] as? String } == [clip, clip])
        for answer in answers {
            let seconds = try #require(answer["seconds"] as? [Double])
            #expect(seconds.count == 3 && seconds.allSatisfy { $0 > 0 })
            #expect((answer["processor_seconds"] as? [Double])?.count == 3)
        }
    }

    /// The clip has 10 pictures a second for 2 s.
    @Test func clipAnswersWithTheTimesOfItsPicturesAndItsWindows() throws {
        let answer = try #require(try answers(["clips", data.clip("one")]).first)
        #expect(answer["times"] as? [Double] == [0.5, 1.5])
        #expect(answer["windows"] as? Double == 2)
    }

    /// 25 ms windows every 10 ms that lie inside of N samples: 1 + (N − 400) / 160, rounded down; N is that of 2 s and of
    /// an AAC frame, 372 samples at most, by which the encoder fills up.
    @Test func logMelAnswersWithTheNumberOfFrames() throws {
        let answer = try #require(try answers(["logmel", data.clip("one")]).first)
        #expect((198...200).contains(try #require(answer["frames"] as? Int)))
    }

    @Test func unreadableFileEndsTheMeasurement() throws {
        let result = try Program.run(["bench", "clips", "/nowhere.mp4"])
        #expect(result.status == 10)
        #expect(result.errors.contains("/nowhere.mp4"))
    }
}
