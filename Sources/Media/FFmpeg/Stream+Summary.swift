import CFFmpeg

extension FFmpeg.Stream {
    /// What the file says about the stream.
    var summary: MediaSummary.Stream {
        let parameters = parameters
        let isPicture = parameters.codec_type == AVMEDIA_TYPE_VIDEO
        let format = AVPixelFormat(isPicture ? parameters.format : AV_PIX_FMT_NONE.rawValue)
        return MediaSummary.Stream(
            kind: isVideo ? .video : isAudio ? .audio : isPicture ? .cover : .other, codec: codec,
            isDecodable: avcodec_find_decoder(parameters.codec_id) != nil, timeBase: timeBase,
            start: start.map(timeBase.seconds),
            size: PictureSize(width: Int(parameters.width), height: Int(parameters.height)),
            pixelFormat: av_get_pix_fmt_name(format).map { String(cString: $0) },
            orientation: orientation, sampleRate: Int(parameters.sample_rate),
            channels: Int(parameters.ch_layout.nb_channels))
    }
}
