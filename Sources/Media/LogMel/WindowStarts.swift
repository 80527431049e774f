extension LogMelPreset.WindowPolicy {
    /// Places the windows of a clip.
    ///
    /// - Parameters:
    ///   - count: Number of windows.
    ///   - sampleCount: Samples of the clip.
    ///   - segmentLength: Samples of a segment, for the policy that follows segments; not a whole number perhaps.
    /// - Returns: The first sample of each window, and their common length.
    func windows(
        _ count: Int, of sampleCount: Int, segmentLength: Double
    ) -> (starts: [Int], length: Int) {
        switch self {
        case .segments:
            let starts = (0..<count).map { Int((Double($0) * segmentLength).rounded()) }
            return (starts, Int(segmentLength.rounded()))
        case .spread(let length, let margin):
            guard sampleCount > margin else {
                return ([Int](repeating: 0, count: count), sampleCount)
            }
            return (linspace(to: sampleCount - margin, count), length)
        }
    }

    /// numpy.linspace(0, end, count, dtype=int): steps in double precision, rounded down, the last one exact.
    private func linspace(to end: Int, _ count: Int) -> [Int] {
        let step = Double(end) / Double(max(count - 1, 1))
        return (0..<count).map { $0 > 0 && $0 == count - 1 ? end : Int(Double($0) * step) }
    }
}
