extension FrameSampling {
    /// The wanted pictures as places in a clip's list; nil where the rule finds none.
    ///
    /// - Precondition: The rule needs a list.
    func places(in list: FrameList) -> [Int?] {
        let none = [Int?](repeating: nil, count: count(segments: 1, segmentDuration: 1))
        if list.count == 0 { return none }
        switch self {
        case .list(let rate, let count):
            let written = list.places(perSecond: rate)
            return (0..<count).map { $0 < written.count ? written[$0] : nil }
        case .listLinspace(let rate, let count, let rounding):
            let written = list.places(perSecond: rate)
            if written.isEmpty { return none }
            return Self.linspace(1, written.count, count, rounding).map { written[$0 - 1] }
        case .adaptive(let rate, let count):
            guard list.header.baseRate > 0 else { return none }
            let numbers = Self.adaptive(
                count, perSecond: rate, framesPerSecond: list.header.rateAsPrinted,
                seconds: list.header.secondsAsPrinted)
            return numbers.map { list.indices.contains($0 - 1) ? $0 - 1 : nil }
        case .avsbench16(let seconds):
            return Self.avsbench16(seconds, framesPerSecond: list.header.meanRate)
                .map { min($0, list.count - 1) }
        case .cavmae10:
            return Self.cavmae10(
                frames: list.header.frames, framesPerSecond: list.header.meanRate
            ).map { list.indices.contains($0) ? $0 : nil }
        case .valorSplit(let rate, let count):
            let written = list.places(perSecond: rate)
            if written.isEmpty { return none }
            return Self.valorSplit(written.count, count).map { written[$0] }
        case .segments, .rate, .count, .times:
            preconditionFailure("the rule needs no list")
        }
    }

    /// `numpy.linspace(first, last, count)` in double precision, then rounded.
    static func linspace(
        _ first: Int, _ last: Int, _ count: Int, _ rounding: Rounding
    ) -> [Int] {
        let step = Double(last - first) / Double(max(1, count - 1))
        return (0..<count).map { i in
            if i > 0, i == count - 1 { return last }
            let value = Double(i) * step + Double(first)
            return Int(value.rounded(rounding == .down ? .down : .toNearestOrEven))
        }
    }

    /// Numbers of pictures, counted from 1, as MUSIC-AVQA's script takes them.
    static func adaptive(
        _ count: Int, perSecond rate: Double, framesPerSecond fps: Double, seconds: Double
    ) -> [Int] {
        let estimated = Int(min(seconds * fps, 1e15)) + 1  // Damaged headers state more.
        let remainder = Int(Double(estimated).truncatingRemainder(dividingBy: fps))
        let lastSecond = max(1, remainder == 0 ? Int(fps) : remainder)
        let before = estimated - lastSecond
        return (0..<count).map { i in
            let centre = (1 / (2 * rate) + Double(i) / rate) * fps
            let number = Int(centre.rounded(.toNearestOrEven))
            guard number > estimated else { return number }
            return before + 1 + (number - before - 1) % lastSecond
        }
    }

    /// Places of pictures, counted from 0, as AVSBench's script takes them.
    static func avsbench16(_ seconds: Int, framesPerSecond: Double) -> [Int] {
        let rate = framesPerSecond.rounded(.toNearestOrEven)
        return (0..<seconds).map { Int(Double($0) * rate + 15.0 / 16 * rate) }
    }

    /// Places of pictures, counted from 0, as CAV-MAE's script takes them.
    static func cavmae10(frames: Int, framesPerSecond: Double) -> [Int] {
        let total = min(frames, Int(10 * framesPerSecond))
        // The script sets the reader to the picture before; for the first one the reader stays.
        return (0..<10).map { max(0, Int(Double($0) * Double(total) / 10) - 1) }
    }

    /// Places of the middle pictures of groups, of which the first ones take what is left over.
    static func valorSplit(_ total: Int, _ count: Int) -> [Int] {
        let padded = max(total, count)
        let (size, rest) = padded.quotientAndRemainder(dividingBy: count)
        return (0..<count).map { i in
            let start = i * size + min(i, rest)
            let length = size + (i < rest ? 1 : 0)
            return min(start + (length + 1) / 2 - 1, total - 1)
        }
    }
}
