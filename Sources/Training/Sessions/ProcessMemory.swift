import Foundation

/// Memory of this process, as the system counts it; 0 where it does not say.
public enum ProcessMemory {
    /// Bytes resident now.
    public static var resident: Int { bytes("VmRSS") }

    /// The most bytes that were resident at any moment.
    public static var peak: Int { bytes("VmHWM") }

    private static func bytes(_ name: String) -> Int {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 } ?? 0
    }
}
