import CFFmpeg

/// The libraries that turn files into pictures and samples.
public enum MediaLibraries {
    /// Version of each, by name; part of what determines the bytes of a feature.
    public static let versions: [String: String] = [
        "libavcodec": text(avcodec_version()), "libavformat": text(avformat_version()),
        "libavutil": text(avutil_version()), "libswresample": text(swresample_version()),
        "libswscale": text(swscale_version()),
    ]

    /// A version as the libraries pack it: major, minor and micro number.
    private static func text(_ version: UInt32) -> String {
        "\(version >> 16).\(version >> 8 & 255).\(version & 255)"
    }
}
