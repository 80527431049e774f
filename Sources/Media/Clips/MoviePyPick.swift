extension SoundSettings {
    /// The rate at which MoviePy reads sound, whatever that of the file.
    static let pickedRate = 44_100

    /// Number of samples that MoviePy 1.0 makes of a file: ⌊rate · D⌋, D being what FFmpeg prints as its duration.
    func pickedCount(duration: Double) -> Int {
        let hundredths = Int((duration * 100).rounded())
        let (minutes, rest) = hundredths.quotientAndRemainder(dividingBy: 6000)
        return Int(Double(sampleRate) * (Double(60 * minutes) + Double(rest) / 100))
    }

    /// Picks samples as MoviePy does, without a filter, and cuts them to ±0.99, as 16-bit integers.
    ///
    /// - Parameters:
    ///   - source: Samples at 44.1 kHz; those of `channels` channels take turns.
    ///   - channels: Number of channels.
    ///   - count: Number of samples that are wanted; silence follows the last of `source`.
    /// - Returns: The samples, in turns like those of `source`.
    func pick(_ source: [Float], channels: Int, count: Int) -> [Float] {
        let available = source.count / channels
        var picked = [Float](repeating: 0, count: count * channels)
        for n in 0..<count {
            let place = nearest(n)
            if place >= available { break }
            for channel in 0..<channels {
                let sample = source[place * channels + channel]
                let cut = max(-0.99, min(0.99, sample))
                picked[n * channels + channel] = (cut * 32_768).rounded(.towardZero) / 32_768
            }
        }
        return picked
    }

    /// Number of samples that have something of so many to pick.
    func pickable(of available: Int) -> Int {
        var count = available * sampleRate / Self.pickedRate + 2
        while count > 0, nearest(count - 1) >= available { count -= 1 }
        return count
    }

    /// The nearest sample to n / rate, of two the even one: round_half_even(44100 n / rate).
    private func nearest(_ n: Int) -> Int {
        let (quotient, remainder) = (n * Self.pickedRate).quotientAndRemainder(
            dividingBy: sampleRate)
        let twice = 2 * remainder
        let isUp = twice > sampleRate || twice == sampleRate && quotient % 2 == 1
        return quotient + (isUp ? 1 : 0)
    }
}
