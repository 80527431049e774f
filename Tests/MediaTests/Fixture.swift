import Foundation

/// A folder of its own for the files that a test makes; removed with it.
final class Fixture {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "avprep-media-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Writes bytes.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(filePath: path(name)))
        return path(name)
    }

    /// Writes text.
    func file(_ name: String, _ text: String) throws -> String {
        try file(name, Array(text.utf8))
    }

    /// Writes a WAVE file of 32-bit floats; every array is a channel.
    func wave(_ name: String, _ channels: [[Float]], rate: Int) throws -> String {
        func bytes(_ value: Int, _ size: Int) -> [UInt8] {
            (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let (n, count) = (channels.count, channels[0].count)
        let format =
            bytes(3, 2) + bytes(n, 2) + bytes(rate, 4) + bytes(rate * n * 4, 4) + bytes(n * 4, 2)
            + bytes(32, 2)
        var data: [UInt8] = []
        for i in 0..<count {
            for channel in channels { data += bytes(Int(channel[i].bitPattern), 4) }
        }
        return try file(
            name,
            Array("RIFF".utf8) + bytes(36 + data.count, 4) + Array("WAVEfmt ".utf8) + bytes(16, 4)
                + format + Array("data".utf8) + bytes(data.count, 4) + data)
    }

    /// Runs the program of that name, which `make setup` installs.
    func ffmpeg(_ arguments: String..., to name: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["ffmpeg", "-nostdin", "-v", "error", "-y"]
            + arguments.flatMap { $0.split(separator: " ").map { String($0) } } + [path(name)]
        process.currentDirectoryURL = URL(filePath: folder)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        return path(name)
    }

    /// Seconds at which a file's pictures appear, in the file's own count, as ffprobe lists them after decoding.
    static func presentationTimes(_ path: String) throws -> [Double] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            "ffprobe -v quiet -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0"
            .split(separator: " ").map { String($0) } + ["file:" + path]
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap {
            Double($0.split(separator: ",")[0])
        }
    }

    /// A lavfi source of grey pictures: picture n has luma 16 + 4n, so that a picture tells its number.
    static func numbered(_ rate: Int, seconds: Double, size: String = "32x16") -> String {
        "-f lavfi -i color=black:s=\(size):r=\(rate):d=\(seconds),format=yuv420p,geq=lum=16+4*N:cb=128:cr=128"
    }
}
