import Foundation
import TestSupport
import Testing

/// What a long run holds on to.
@Suite struct MemoryTests {
    /// Clips of the run; a number in `AVPREP_TORTURE` makes a long test of a short one.
    private static let clips =
        ProcessInfo.processInfo.environment["AVPREP_TORTURE"].flatMap { Int($0) } ?? 300

    /// What the program and its worker had at some moment: kilobytes of memory, and open files.
    private struct Moment {
        let memory: [Int]
        let files: [Int]
    }

    @Test func manyClipsTakeNoMoreThanFew() throws {
        let data = try AVEFolder(clips: (0..<Self.clips).map { "clip\($0)" })
        try data.makeClip("clip0", grey: 70)
        for index in 1..<Self.clips {
            try FileManager.default.createSymbolicLink(
                atPath: data.clip("clip\(index)"), withDestinationPath: data.clip("clip0"))
        }
        let process = try Program.start([
            "extract", data.root, "--dataset", data.manifest, "--cache", "\(data.path)/cache",
            "--jobs", "1", "--size", "16", "--quiet",
        ])
        var moments: [Moment] = []
        while process.isRunning {
            usleep(5_000)
            let program = ChildProcess(id: process.processIdentifier)
            let all = [program] + ChildProcess.all(of: program.id)
            let memory = all.compactMap(\.anonymousMemory)
            if memory.count == 2 {
                moments.append(Moment(memory: memory, files: all.map(\.openFiles.count)))
            }
        }
        #expect(process.terminationStatus == 0)
        try #require(moments.count >= 40)
        let quarter = moments.count / 4
        let early = moments[quarter..<2 * quarter], late = moments[(3 * quarter)...]
        for index in 0..<2 {
            // What is held between clips: in the midst of one it is more.
            let growth =
                late.map(\.memory[index]).min()! - early.map(\.memory[index]).min()!
            let perClip = Double(growth) / Double(Self.clips / 2)
            // A decoder that is left open takes some hundred kilobytes.
            #expect(perClip < (Self.clips < 2_000 ? 20 : 1), "\(perClip) kB for each clip")
            let files = [early, late].map { $0.map(\.files[index]).max()! }
            #expect(files[1] <= files[0] + 2, "\(files) open files")
        }
    }
}
