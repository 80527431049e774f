import Foundation
import TestSupport
import Testing

private let canMount: Bool = {
    let folder = NSTemporaryDirectory() + "avprep-mount"
    return (try? shell("mkdir -p $D && mount -t tmpfs none $D", at: folder))?.status == 0
}()

/// Runs a script in a mount namespace of its own, with `$D` for a folder to mount on.
private func shell(_ script: String, at folder: String) throws -> Program.Result {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try Program.run(
        "/usr/bin/env", ["unshare", "-m", "sh", "-c", script], environment: ["D": folder])
}

/// A cache on a file system of a few megabytes, which takes the right to mount one.
@Suite(.enabled(if: canMount))
struct FullDiskTests {
    /// The cache takes about 3 MB; each size leaves no room at another moment.
    @Test(arguments: [64, 512, 1500, 2500, 3000])
    func fullDiskEndsWithTwelveAndLosesNothing(kilobytes: Int) throws {
        let data = try AVEFolder(clips: (0..<40).map { "clip\($0)" })
        try data.makeClip("clip0", grey: 70)
        for index in 1..<40 {
            try FileManager.default.copyItem(
                atPath: data.clip("clip0"), toPath: data.clip("clip\(index)"))
        }
        let extract =
            "\(Program.path) extract \(data.root) --dataset \(data.manifest) --quiet --size 64 "
            + "--no-space-check"
        let result = try shell(
            """
            mkdir -p $D && mount -t tmpfs -o size=\(kilobytes)k none $D
            \(extract) --cache $D/cache; echo $?
            find $D -name '.tmp-*.h5'
            mount -o remount,size=100m $D
            \(extract) --cache $D/cache; echo $?
            \(Program.path) verify --cache $D/cache --read-data
            """, at: "\(data.path)/disk")
        #expect(result.output == "12\n0\n80 rows checked, 0 damaged\n", "\(result.errors)")
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("avprep: cannot ") == true)
        #expect(lines.first?.hasSuffix(": No space left on device") == true)
    }

    @Test(arguments: ["extract", "build"])
    func tooSmallDiskIsRefusedBeforeAnyWork(command: String) throws {
        let data = try AVEFolder(clips: ["one", "two"])
        try data.makeClip("one", grey: 70)
        try data.makeClip("two", grey: 80)
        try data.write("job.yaml", "dataset: two.yaml\nroot: data\ncache: disk/cache\n")
        let arguments =
            command == "build"
            ? "build \(data.path)/job.yaml"
            : "extract \(data.root) --dataset \(data.manifest) --cache $D/cache"
        let result = try shell(
            """
            mkdir -p $D && mount -t tmpfs -o size=500k none $D
            \(Program.path) \(arguments) --quiet; echo $?
            find $D -name '*.h5' -o -name recipe.json
            """, at: "\(data.path)/disk")
        #expect(result.output == "12\n", "\(result.errors)")
        let pattern = /avprep: cannot fill .*: it needs (\d+) bytes, and the disk has (\d+) free\n/
        let match = try #require(try pattern.wholeMatch(in: result.errors), "\(result.errors)")
        let (needed, free) = (try #require(Int(match.1)), try #require(Int(match.2)))
        // Two clips of two frames and two windows.
        #expect(needed > 2 * (2 * 224 * 224 * 3 + 2 * 102 * 128 * 4) && free <= 500 * 1024)
    }
}
