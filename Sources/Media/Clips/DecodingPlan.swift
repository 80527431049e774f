/// Which packets of a run, in order of decoding, have to be decoded for the pictures shown at given times.
///
/// A picture is left out if no other may refer to it and it is shown at none of the times; and so is all that
/// follows the last wanted one up to a picture that starts afresh. What is decoded gives the same bytes as when all is.
struct DecodingPlan {
    /// One packet.
    struct Entry {
        /// Seconds of the clip at which its picture appears.
        let time: Double

        let picture: FFmpeg.CodedPicture

        /// An edit list hides it.
        let isHidden: Bool

        /// The picture is seen, from its time on.
        var isShown: Bool { picture.isShown && !isHidden }
    }

    /// For each time the entry of the picture being shown then; nil before the first.
    let choices: [Int?]

    /// Whether an entry is to be decoded.
    private(set) var isNeeded: [Bool]

    /// Plans the decoding of a run; nil if two pictures have one time, so that their order is in doubt.
    ///
    /// - Parameters:
    ///   - entries: The run, in order of decoding.
    ///   - times: Ascending seconds.
    ///   - tolerance: Seconds by which a picture may appear after a time and still count as shown then.
    ///   - isLast: No picture of any later run is wanted.
    ///   - earlier: The greatest time of an earlier run.
    init?(
        _ entries: [Entry], times: [Double], tolerance: Double, isLast: Bool, earlier: Double
    ) {
        let shown = entries.indices.filter { entries[$0].isShown }.sorted {
            entries[$0].time < entries[$1].time
        }
        guard zip(shown, shown.dropFirst()).allSatisfy({ entries[$0].time < entries[$1].time })
        else { return nil }
        var position = -1
        choices = times.map { time in
            while position + 1 < shown.count,
                entries[shown[position + 1]].time <= time + tolerance
            {
                position += 1
            }
            return position < 0 ? nil : shown[position]
        }
        isNeeded = [Bool](repeating: false, count: entries.count)
        let starts = Self.closedStarts(entries, earlier: earlier)
        var isWanted = [Bool](repeating: false, count: entries.count)
        for choice in choices { if let choice { isWanted[choice] = true } }
        for (i, start) in starts.enumerated() {
            let isOpenEnd = i + 1 == starts.count && !isLast
            let range = start..<(i + 1 < starts.count ? starts[i + 1] : entries.count)
            let last = isOpenEnd ? range.last : range.last { isWanted[$0] }
            guard let last else { continue }
            for j in start...last {
                let picture = entries[j].picture
                isNeeded[j] = isWanted[j] || picture.isReference || picture.hasParameters
            }
        }
        keepParameters(entries)
    }

    /// Where parts of the run begin that can be decoded without those before; the first of them is the run's start.
    private static func closedStarts(_ entries: [Entry], earlier: Double) -> [Int] {
        var least = [Double](repeating: .infinity, count: entries.count + 1)
        for i in entries.indices.reversed() { least[i] = min(least[i + 1], entries[i].time) }
        var greatest = earlier
        var starts: [Int] = []
        for (i, entry) in entries.enumerated() {
            let isClosed =
                entry.picture.isClosedStart && greatest < entry.time && entry.time <= least[i + 1]
            if i == 0 || isClosed { starts.append(i) }
            greatest = max(greatest, entry.time)
        }
        return starts
    }

    /// Parameters sent with what is left out must come again with what is decoded next; else nothing is left out.
    private mutating func keepParameters(_ entries: [Entry]) {
        var isOwed = false
        for i in entries.indices {
            if entries[i].picture.hasParameters { isOwed = !isNeeded[i] }
            if isNeeded[i], isOwed {
                isNeeded = [Bool](repeating: true, count: entries.count)
                return
            }
        }
    }
}
