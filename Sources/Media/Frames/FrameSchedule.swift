/// When pictures are wanted: ascending times, each once, and where each wanted picture is among them.
struct FrameSchedule {
    /// Ascending seconds of the clip.
    let times: [Double]

    private let places: [Int?]

    /// - Parameter wanted: Seconds in any order; nil for a picture that cannot be had.
    init(_ wanted: [Double?]) {
        let times = Set(wanted.compactMap(\.self)).sorted()
        let order = Dictionary(uniqueKeysWithValues: times.enumerated().map { ($1, $0) })
        self.times = times
        places = wanted.map { $0.flatMap { order[$0] } }
    }

    /// Pictures as they are wanted, of those for each time.
    func arrange(_ pictures: [Picture?]) -> [Picture?] {
        places.map { $0.flatMap { pictures[$0] } }
    }
}
