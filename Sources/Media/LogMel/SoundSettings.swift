/// How the sound of a file becomes one channel of samples at one rate.
public struct SoundSettings: Sendable, Codable, Equatable {
    /// What becomes of several channels.
    public enum Channels: String, Sendable, Codable, CaseIterable {
        /// The mean of all.
        case mean

        /// The first, as `sox remix 1` takes it.
        case first

        /// FFmpeg's mono down-mix, as its option `-ac 1` makes it; of two channels the mean.
        case downmix

        /// The left channel of FFmpeg's stereo down-mix, as MoviePy's readers see it; of one or two channels the first.
        case left
    }

    /// How the rate is changed.
    public enum Resampling: String, Sendable, Codable, CaseIterable {
        /// FFmpeg's band-limited resampler with its default filter.
        case swresample

        /// MoviePy 1.0: 16-bit samples at 44.1 kHz, of which number round_half_even(44100 n / rate) becomes sample n, cut
        /// to ±0.99; nothing keeps high frequencies from folding. There are ⌊rate · D⌋ samples, D being the container's
        /// duration in hundredths of a second.
        case moviePyPick = "moviepy-pick"
    }

    /// The grid on which samples lie.
    public enum Quantisation: String, Sendable, Codable, CaseIterable {
        /// As precise as `Float`.
        case none

        /// 16-bit integers divided by 32,768, as read from a `pcm_s16le` file.
        case s16
    }

    /// How much of a file is listened to.
    public enum Extent: String, Sendable, Codable, CaseIterable {
        /// The clip's nominal duration.
        case nominal

        /// All of it, up to ``DecodingLimits/soundSeconds``: where windows lie depends on the length.
        case file
    }

    /// Samples per second.
    public var sampleRate: Int

    public var channels: Channels
    public var resampling: Resampling
    public var quantisation: Quantisation
    public var extent: Extent

    /// Creates settings; the default ones keep what they can.
    public init(
        sampleRate: Int = 16_000, channels: Channels = .mean, resampling: Resampling = .swresample,
        quantisation: Quantisation = .none, extent: Extent = .nominal
    ) {
        self.sampleRate = sampleRate
        self.channels = channels
        self.resampling = resampling
        self.quantisation = quantisation
        self.extent = extent
    }

    /// MoviePy 1.0's `write_audiofile(fps=16000)`, of which the left channel is read.
    static let moviePy = SoundSettings(
        channels: .left, resampling: .moviePyPick, quantisation: .s16, extent: .file)

    /// The command `ffmpeg -ac 1 -ar 16000 -acodec pcm_s16le`.
    static let ffmpegMono = SoundSettings(channels: .downmix, quantisation: .s16, extent: .file)
}
