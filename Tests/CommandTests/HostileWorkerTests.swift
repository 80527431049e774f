import Datasets
import Foundation
import Media
import Pipeline
import Storage
import TestSupport
import Testing

/// What comes out of a worker that a file has taken over, or that is none.
@Suite struct HostileWorkerTests {
    private let data: AVEFolder

    init() throws {
        data = try AVEFolder(clips: ["one", "two"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("two", grey: 90)
    }

    private func extract(executable: String, _ arguments: String...) throws -> [ClipFailure] {
        var configuration = Extraction.Configuration()
        configuration.launcher = WorkerLauncher(
            executable: executable, arguments: ["worker"] + arguments, environment: [:])
        let dataset = try DatasetCatalog.read(data.root, as: data.manifest)
        var settings = ExtractionSettings(
            segments: dataset.segments, segmentDuration: dataset.segmentDuration)
        settings.limits.wallSeconds = 0
        let cache = "\(data.path)/cache"
        _ = try Extraction(dataset, settings, cache: cache, configuration).run(
            command: "test", isCancelled: { false }, report: { _ in })
        return try Cache(opening: cache).feature("frames").failures()
    }

    /// A message, with octal escapes for the shell's `printf`.
    private static func message(_ text: String) -> String {
        let length = text.utf8.count
        let bytes = (0..<4).map { length >> (8 * $0) & 0xff }
        return bytes.map { "\\" + String($0 + 512, radix: 8).dropFirst() }.joined() + text
    }

    private static let nothing = #""rows":[],"warnings":[],"isLast":false,"failures""#
    private static let source = #""source":{"path":"PATH","size":1,"modified":1,"hash":1}"#

    private static func failure(_ clip: String, _ kind: String, isPartial: Bool) -> String {
        #"{"clip":"\#(clip)","outcome":"\#(kind)","message":"x","partial":\#(isPartial)}"#
    }

    private static func failures(_ clip: String, _ kind: String, isPartial: Bool = false) -> String
    {
        let failure = failure(clip, kind, isPartial: isPartial)
        return message(#"{\#(nothing):{"frames":\#(failure),"logmel":\#(failure)}}"#)
    }

    /// Answers that a worker gives to every clip, and then it waits.
    static let answers: [(what: String, bytes: String)] = [
        ("noise", #"\001\002\003\004\005\006\007"#),
        ("endless message", #"\377\377\377\377"#),
        ("empty message", #"\000\000\000\000"#),
        ("broken JSON", message("{")),
        ("other JSON", message("[]")),
        ("silence about a feature", message("{\(nothing):{}}")),
        ("another clip", failures("three", "corrupt")),
        ("unknown outcome", failures("one", "fine")),
        ("gaps in no row", failures("one", "corrupt", isPartial: true)),
        (
            "row of nothing",
            message(#"{"rows":["frames","logmel"],"warnings":[],"isLast":false,"failures":{}}"#)
        ),
        (
            "row of another file",
            message(
                #"{"rows":["frames","logmel"],"warnings":[],"isLast":false,"failures":{},\#(source)}"#
            )
        ),
    ]

    @Test(arguments: answers.indices)
    func nonsenseIsAFailureOfTheClip(index: Int) throws {
        let (what, bytes) = Self.answers[index]
        let script = "printf '\(Self.message(#"{"id":1}"#) + bytes)' >&0; exec sleep 100"
        let failures = try extract(executable: "/bin/sh", "-c", script)
        #expect(failures.map(\.clip) == ["one", "two"], "\(what)")
        #expect(failures.map(\.outcome) == ["crash", "crash"], "\(what)")
        #expect(
            failures.first?.message
                == "cannot decode \(data.clip("one")): the decoder's answer makes no sense",
            "\(what)")
    }

    /// The script takes what a worker should do, and yet the test would see nothing if it did not.
    @Test func answerThatMakesSenseIsTaken() throws {
        let bytes = Self.failures("one", "corrupt")
        let script = "printf '\(Self.message(#"{"id":1}"#) + bytes)' >&0; exec sleep 100"
        let failures = try extract(executable: "/bin/sh", "-c", script)
        #expect(failures.map(\.outcome) == ["corrupt", "timeout"])
    }

    @Test func rowThatIsCutOffIsWaitedForNoLongerThanTheLimit() throws {
        let source = Self.source.replacing("PATH", with: data.clip("one"))
        let report =
            #"{"rows":["frames","logmel"],"warnings":[],"isLast":false,"failures":{},\#(source)}"#
        let bytes = Self.message(#"{"id":1}"#) + Self.message(report) + "half a row"
        let failures = try extract(
            executable: "/bin/sh", "-c", "printf '\(bytes)' >&0; exec sleep 100")
        // What is said of the first clip's file is no answer about the second one.
        #expect(failures.map(\.outcome) == ["timeout", "crash"])
    }

    @Test(arguments: [
        ("/nowhere/avprep", "No such file or directory"), ("/etc", "Permission denied"),
        ("/bin/true", "it ended at once"),
    ])
    func workerThatCannotBeStartedEndsTheRun(executable: String, reason: String) throws {
        let error = #expect(throws: WorkerError.self) { _ = try extract(executable: executable) }
        #expect(
            error?.description == "cannot start a decoding process (\(executable)): \(reason)")
    }

    @Test func otherProgramIsNoWorker() throws {
        let error = #expect(throws: WorkerError.self) {
            _ = try extract(executable: "/bin/sh", "-c", "printf 'hello, world' >&0; sleep 1")
        }
        #expect(error?.reason == "it is another program")
    }
}
