/// All pictures that a clip shows, in order, by their times.
struct FrameList {
    /// What the file's header says; some rules go by it, whether true or not.
    struct Header {
        /// Mean pictures per second (FFmpeg's `avg_frame_rate`).
        var meanRate = 0.0

        /// The rate that all times are multiples of (FFmpeg's `r_frame_rate`).
        var baseRate = 0.0

        /// Number of pictures.
        var frames = 0

        /// Length of the file.
        var seconds = 0.0

        /// The base rate as MoviePy 1.0 reads it from ffmpeg's output: two decimals, and those of NTSC made exact.
        var rateAsPrinted: Double {
            let printed = (baseRate * 100).rounded() / 100
            let whole = [23.0, 24, 25, 30, 50].first {
                printed != $0 && abs(printed - $0 * 1000 / 1001) < 0.01
            }
            return whole.map { $0 * 1000 / 1001 } ?? printed
        }

        /// The length as ffmpeg prints it, in whole hundredths.
        var secondsAsPrinted: Double { (seconds * 100).rounded() / 100 }
    }

    /// Presentation times, ascending.
    let ticks: [Int64]

    /// Duration of the last picture in ticks.
    let lastDuration: Int64

    let timeBase: TimeBase

    /// The time in ticks from which ffmpeg counts output.
    let origin: Int64

    let header: Header

    var count: Int { ticks.count }

    var indices: Range<Int> { ticks.indices }

    /// Pictures beyond which a file's times are taken to be damaged.
    private static let longest = 10_000_000

    /// The pictures that `ffmpeg -vf fps=perSecond` writes, as places in this list.
    ///
    /// The filter rounds each time to the nearest multiple of `1 / perSecond`, halves away from zero. For each multiple
    /// from the first picture's to the end it writes the last picture that is not later; the writer repeats the first
    /// that it is given for the multiples before (`libavfilter/vf_fps.c`, `fftools/ffmpeg.c`).
    func places(perSecond: Double) -> [Int] {
        let rounded = ticks.map { multiple($0 - origin, perSecond) }
        guard let first = rounded.first else { return [] }
        let end = multiple(ticks.last! + lastDuration - origin, perSecond)
        guard end - first < Self.longest else { return [] }
        var places: [Int] = []
        var position = 0
        for multiple in min(0, first)..<max(end, first) {
            while position + 1 < rounded.count, rounded[position + 1] <= max(first, multiple) {
                position += 1
            }
            places.append(position)
        }
        return places
    }

    /// The multiple of `1 / rate` that is nearest to a number of ticks; rates are taken to thousandths.
    private func multiple(_ ticks: Int64, _ rate: Double) -> Int {
        let numerator = Int128(ticks) * Int128(timeBase.numerator) * Int128((rate * 1000).rounded())
        let denominator = Int128(timeBase.denominator) * 1000
        let (whole, rest) = abs(numerator).quotientAndRemainder(dividingBy: denominator)
        let nearest = whole + (2 * rest >= denominator ? 1 : 0)
        // Where damaged times exceed it, differences of two bounds still have 64 bits.
        let bounded = Int(min(nearest, 1 << 61))
        return numerator < 0 ? -bounded : bounded
    }
}
