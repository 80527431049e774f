/// How windows lie in a clip.
public enum WindowPolicy: Sendable, Codable, Equatable {
    /// Window t covers segment t of the timeline, [t·d, (t+1)·d).
    case segments

    /// Window t covers second t of the timeline; as many windows as segments if `count` is nil.
    case seconds(count: Int?)

    /// `count` windows of `length` samples start at linspace(0, N − margin, count), rounded down, of N samples.
    ///
    /// If N is at most `margin`, each window is the whole clip when `takesWhole` is set; otherwise, if N is less, the
    /// windows start at 0 and none is valid.
    case spread(count: Int, length: Int, margin: Int, takesWhole: Bool)

    /// The frames of the whole clip are padded to a multiple of `frames` (by a whole one if they are one already) and
    /// cut into slices of so many; of `count` equal groups of slices, each gives its middle one.
    case slices(count: Int, frames: Int)

    /// One window: the clip.
    case whole

    /// Stretches of `frames` frames, one after the other; incomplete ones are dropped. As many as the nominal duration
    /// holds if `count` is nil.
    case examples(count: Int?, frames: Int)
}
