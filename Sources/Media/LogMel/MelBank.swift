/// The filters of a preset, without the zeros.
struct MelBank {
    /// The first bin of each band.
    let firstBins: [Int]

    /// Where the weights of each band begin in `weights`; one entry more than bands.
    let offsets: [Int]

    /// Weights of all bands, one after the other.
    let weights: [Float]

    /// The preset's filters; without any, each bin of the spectrum is a band.
    init(_ preset: LogMelPreset) {
        let bins = preset.spectrum.fftSize / 2 + 1
        let perBin = (0..<bins).map {
            preset.spectrum.binWeight($0, sampleRate: preset.sound.sampleRate)
        }
        guard let mel = preset.mel else {
            firstBins = Array(0..<bins)
            offsets = Array(0...bins)
            weights = perBin.map { Float($0) }
            return
        }
        let (rate, size) = (preset.sound.sampleRate, preset.spectrum.fftSize)
        let filters =
            mel.precision == .torchaudio
            ? mel.torchaudioFilters(sampleRate: rate, fftSize: size)
            : mel.filters(sampleRate: rate, fftSize: size)
        var firstBins: [Int] = []
        var offsets = [0]
        var weights: [Float] = []
        for filter in filters {
            let first = filter.firstIndex { $0 > 0 } ?? 0
            let end = filter.lastIndex { $0 > 0 }.map { $0 + 1 } ?? first
            firstBins.append(first)
            weights += (first..<end).map { Float(filter[$0] * perBin[$0]) }
            offsets.append(weights.count)
        }
        self.firstBins = firstBins
        self.offsets = offsets
        self.weights = weights
    }

    /// Bands in which no bin has a weight: their energy is always 0.
    var emptyBands: [Int] {
        firstBins.indices.filter { offsets[$0] == offsets[$0 + 1] }
    }
}
