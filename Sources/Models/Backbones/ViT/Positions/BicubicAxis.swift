/// How bicubic resizing makes each place of an axis from old ones.
///
/// Place `i` of `n` lies at `(i + ½) · N / n − ½` among the `N` old ones; what lies outside is the
/// nearest inside. Cubic convolution has a = −¾. With antialiasing a = −½, the kernel is as wide as
/// the step where the axis shrinks, and what lies outside has no weight: both as PyTorch's
/// `interpolate(mode="bicubic", align_corners=False)` does without and with `antialias=True`.
///
/// Source: Keys, *Cubic convolution interpolation for digital image processing*, IEEE TASSP 29(6),
/// 1981.
struct BicubicAxis {
    /// For each new place, the first old one that it is made from, and the weights from there on.
    let taps: [(first: Int, weights: [Float])]

    init(from old: Int, to new: Int, antialias: Bool) {
        let step = Double(old) / Double(new)
        taps = (0..<new).map { place in
            let centre = (Double(place) + 0.5) * step
            return antialias
                ? Self.antialiased(centre, step, old) : Self.interpolated(centre - 0.5, old)
        }
    }

    private static func interpolated(_ place: Double, _ old: Int) -> (Int, [Float]) {
        let low = Int(place.rounded(.down)) - 1
        let first = max(low, 0), last = min(low + 3, old - 1)
        var weights = [Float](repeating: 0, count: last - first + 1)
        for neighbour in low...low + 3 {
            let nearest = min(max(neighbour, first), last)
            weights[nearest - first] += Float(cubic(Double(neighbour) - place, a: -0.75))
        }
        return (first, weights)
    }

    private static func antialiased(
        _ centre: Double, _ step: Double, _ old: Int
    ) -> (Int, [Float]) {
        let stretch = max(step, 1), support = 2 * stretch
        let first = max(Int(centre - support + 0.5), 0)
        let end = min(Int(centre + support + 0.5), old)
        let weights = (first..<end).map {
            cubic((Double($0) - centre + 0.5) / stretch, a: -0.5)
        }
        let sum = weights.reduce(0, +)
        return (first, weights.map { Float($0 / sum) })
    }

    private static func cubic(_ distance: Double, a: Double) -> Double {
        let x = abs(distance)
        return switch x {
        case ..<1: ((a + 2) * x - (a + 3)) * x * x + 1
        case ..<2: a * (((x - 5) * x + 8) * x - 4)
        default: 0
        }
    }
}
