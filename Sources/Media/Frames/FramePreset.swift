/// How a published extraction takes pictures from a clip: which ones, and what becomes of them.
///
/// What the publications do at random while training (other pictures, crops, flips) cannot be cached; a preset is the
/// form of their tests. They write pictures to JPEG or PNG files in between, a preset does not. Where a clip is
/// too short pictures are missing, unless the published rule itself repeats some, as ``FrameSampling`` says for each.
/// Normalisation belongs to the backbone.
public struct FramePreset: Sendable, Codable, Equatable {
    public let name: String
    public let sampling: FrameSampling
    public let picture: PictureSettings

    /// Number of pictures of each clip; nil where it is the number of segments.
    public let count: Int?

    private init(_ name: String, _ sampling: FrameSampling, _ picture: PictureSettings) {
        self.name = name
        self.sampling = sampling
        self.picture = picture
        count = sampling == .segments ? nil : sampling.count(segments: 1, segmentDuration: 1)
    }

    /// All presets.
    public static let all = [
        segments, lavishVit, lavishSwin, lavishAVQA, dgsct, stgcma, stgcmaAVQA, musicAVQAAdaptive,
        musicAVQAPlain, avvp, avsbench, valor, valor32k, cavmae,
    ]

    /// The preset of that name; nil if there is none.
    public static func named(_ name: String) -> FramePreset? { all.first { $0.name == name } }

    /// The picture at the centre of each segment, scaled by FFmpeg's bicubic kernel.
    public static let segments = FramePreset("segments", .segments, square(224, .bicubic))

    /// GenjiB/LAVISH on AVE with a ViT: pictures at 3 per second, ten of them.
    public static let lavishVit = FramePreset("lavish-vit", spread(3), square(224, .torchBicubic))

    /// The same for a Swin transformer.
    public static let lavishSwin = FramePreset("lavish-swin", spread(3), square(192, .torchBicubic))

    /// GenjiB/LAVISH on MUSIC-AVQA: pictures at 1 per second, ten of them.
    public static let lavishAVQA = FramePreset("lavish-avqa", spread(1), square(192, .torchBicubic))

    /// haoyi-duan/DG-SCT on LLP, as MUSIC-AVQA takes pictures, ten of them.
    public static let dgsct = FramePreset(
        "dgsct", .adaptive(perSecond: 1, count: 10), square(192, .torchBicubic))

    /// kaiw7/STG-CMA on AVE: LAVISH's pictures, the shorter side scaled, the middle kept.
    public static let stgcma = FramePreset(
        "stgcma", spread(3), square(224, .pillowBilinear, .shortCrop))

    /// kaiw7/STG-CMA on MUSIC-AVQA.
    public static let stgcmaAVQA = FramePreset(
        "stgcma-avqa", spread(1), square(224, .torchBicubic))

    /// GeWu-Lab/MUSIC-AVQA: a picture of each of sixty seconds; its models take every sixth.
    public static let musicAVQAAdaptive = FramePreset(
        "music-avqa-adaptive", .adaptive(perSecond: 1, count: 60), square(224, .pillowBilinear))

    /// GeWu-Lab/MUSIC-AVQA's other script: `ffmpeg -r 1`, here by the rule of the filter `fps`.
    public static let musicAVQAPlain = FramePreset(
        "music-avqa-plain", .list(perSecond: 1, count: 60), square(224, .pillowBilinear))

    /// YapengTian/AVVP-ECCV20: eighty pictures of `ffmpeg -r 8`, here by the rule of the filter `fps`.
    public static let avvp = FramePreset(
        "avvp", .listLinspace(perSecond: 8, count: 80, rounding: .nearestEven),
        square(224, .pillowBilinear, .shortCrop, shortSide: 256))

    /// OpenNLPLab/AVSBench: a picture near the end of each of five seconds.
    public static let avsbench = FramePreset(
        "avsbench", .avsbench16(seconds: 5), square(224, .openCVBilinear))

    /// TXH-mercury/VALOR: the middle of eight parts, at 4 pictures per second.
    public static let valor = FramePreset(
        "valor", .valorSplit(perSecond: 4, count: 8), square(224, .pillowBilinear))

    /// The same at the 1 picture per second of VALOR-32K.
    public static let valor32k = FramePreset(
        "valor-32k", .valorSplit(perSecond: 1, count: 8), square(224, .pillowBilinear))

    /// YuanGongND/cav-mae: ten pictures of ten seconds, the shorter side scaled, the middle kept.
    public static let cavmae = FramePreset(
        "cavmae", .cavmae10, square(224, .pillowBicubic, .shortCrop))

    /// Ten pictures, the first and the last among them, of those that ffmpeg writes.
    private static func spread(_ perSecond: Double) -> FrameSampling {
        .listLinspace(perSecond: perSecond, count: 10, rounding: .down)
    }

    private static func square(
        _ side: Int, _ kernel: PictureSettings.Kernel, _ fit: PictureSettings.Fit = .squash,
        shortSide: Int? = nil
    ) -> PictureSettings {
        PictureSettings(
            size: PictureSize(width: side, height: side), fit: fit, kernel: kernel,
            shortSide: shortSide)
    }
}
