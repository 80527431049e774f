/// How much a source pixel counts, by its distance from the wanted one.
struct ResamplingFilter {
    /// Distance from which on it does not count.
    let support: Double

    let weight: @Sendable (Double) -> Double

    /// 1 − |x|.
    static let linear = ResamplingFilter(support: 1) { max(0, 1 - abs($0)) }

    /// Keys's cubic convolution (Cubic Convolution Interpolation for Digital Image Processing, 1981, equation 4):
    /// (a + 2)|x|³ − (a + 3)x² + 1 up to 1, then a|x|³ − 5ax² + 8a|x| − 4a up to 2.
    static func cubic(a: Double) -> ResamplingFilter {
        ResamplingFilter(support: 2) { x in
            let x = abs(x)
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}

/// What the pixels along one side are made of: of each a run of the source's pixels, and their weights.
struct ResamplingWeights<Weight> {
    /// Where the run of each pixel begins.
    private(set) var starts: [Int] = []

    /// Weights of each run, one after the other, of ``taps`` each; the last ones of short runs are zero.
    private(set) var weights: [Weight] = []

    /// The longest run.
    let taps: Int

    /// Number of pixels.
    var count: Int { starts.count }

    /// The source's pixels that any run needs.
    var span: Range<Int> { starts.min()!..<(starts.max()! + taps) }

    func map<Other>(_ transform: (Weight) -> Other) -> ResamplingWeights<Other> {
        ResamplingWeights<Other>(starts: starts, weights: weights.map(transform), taps: taps)
    }

    private init(starts: [Int], weights: [Weight], taps: Int) {
        self.starts = starts
        self.weights = weights
        self.taps = taps
    }
}

extension ResamplingWeights<Double> {
    /// Weights by Pillow's rule (`src/libImaging/Resample.c`, `precompute_coeffs`).
    ///
    /// The filter is as much wider as the picture shrinks, and ends at the picture's edge.
    init(antialiased filter: ResamplingFilter, from size: Int, to scaled: Int, _ kept: Range<Int>) {
        let scale = Double(size) / Double(scaled)
        let width = max(1, scale)
        let support = filter.support * width
        self.init(length: size, kept) { i in
            let centre = (Double(i) + 0.5) * scale
            let first = max(0, Int(centre - support + 0.5))
            let end = min(size, Int(centre + support + 0.5))
            let run = (first..<end).map { filter.weight((Double($0) - centre + 0.5) / width) }
            let sum = run.reduce(0, +)
            return (first, sum == 0 ? run : run.map { $0 / sum })
        }
    }

    /// Weights of the pixels around a point, without regard to how much the picture shrinks; at its edge the last
    /// pixel stands for those beyond.
    init(
        interpolating filter: ResamplingFilter, from size: Int, to scaled: Int, _ kept: Range<Int>
    ) {
        let scale = Float(size) / Float(scaled)
        let reach = Int(filter.support)
        self.init(length: size, kept) { i in
            let place = scale * (Float(i) + 0.5) - 0.5
            let floor = place.rounded(.down)
            let fraction = Double(place - floor)
            let (first, last) = (Int(floor) + 1 - reach, Int(floor) + reach)
            let start = min(max(0, first), size - 1)
            var run = [Double](repeating: 0, count: min(max(last, 0), size - 1) - start + 1)
            for pixel in first...last {
                let weight = filter.weight(Double(pixel - Int(floor)) - fraction)
                run[min(max(pixel, 0), size - 1) - start] += weight
            }
            return (start, run)
        }
    }

    /// Runs for the kept pixels, all made as long as the longest, within the source's `length`.
    private init(length: Int, _ kept: Range<Int>, _ run: (Int) -> (start: Int, weights: [Double])) {
        let runs = kept.map(run)
        taps = runs.map(\.weights.count).max() ?? 0
        for run in runs {
            // Moved back where the padding would lie beyond the edge.
            let start = min(run.start, length - taps)
            let before = [Double](repeating: 0, count: run.start - start)
            let after = [Double](repeating: 0, count: taps - before.count - run.weights.count)
            starts.append(start)
            weights += before + run.weights + after
        }
    }
}
