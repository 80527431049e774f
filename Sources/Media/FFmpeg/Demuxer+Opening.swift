import CFFmpeg

extension FFmpeg.Demuxer {
    /// Formats that are lists of, or templates for, other files, or scripts.
    private static let refused: Set<String> = [
        "avisynth", "concat", "concatf", "dash", "hls", "image2", "imf", "mlv", "rtsp", "sap",
        "sdp",
        "vapoursynth", "vobsub", "webm_dash_manifest",
    ]

    static func openInput(
        _ url: String, _ deadline: Deadline, _ operation: String
    ) throws(MediaError) -> UnsafeMutablePointer<AVIOContext> {
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        var interrupt = interruption(deadline)
        var input: UnsafeMutablePointer<AVIOContext>?
        let result = avio_open2(&input, url, AVIO_FLAG_READ, &interrupt, &options)
        do throws(MediaError) {
            try deadline.check(operation)
        } catch {
            avio_closep(&input)
            throw error
        }
        try FFmpeg.check(.unreadable, operation) { result }
        return input!
    }

    /// Recognises the format and reads what it says about its streams.
    static func openContext(
        _ input: UnsafeMutablePointer<AVIOContext>, _ url: String, _ limits: DecodingLimits,
        _ deadline: Deadline, _ operation: String
    ) throws(MediaError) -> UnsafeMutablePointer<AVFormatContext> {
        let format = try probe(input, url, deadline, operation)
        var context = avformat_alloc_context()
        context!.pointee.pb = input
        context!.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        context!.pointee.interrupt_callback = interruption(deadline)
        // Demuxers open further files by this function alone.
        context!.pointee.io_open = { _, _, _, _, _ in avprep_AVERROR(EPERM) }
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        av_dict_set(&options, "scan_all_pmts", "1", 0)
        // "Note that a user-supplied AVFormatContext will be freed on failure."
        let result = avformat_open_input(&context, url, format, &options)
        if result < 0 { try deadline.check(operation) }
        if result == avprep_AVERROR(EPERM) {
            throw MediaError(.hostile, operation, reason: "it refers to other files")
        }
        try FFmpeg.check(.unreadable, operation) { result }
        do {
            try describe(context!, limits, deadline, operation)
        } catch {
            avformat_close_input(&context)
            throw error
        }
        return context!
    }

    private static func probe(
        _ input: UnsafeMutablePointer<AVIOContext>, _ url: String, _ deadline: Deadline,
        _ operation: String
    ) throws(MediaError) -> UnsafePointer<AVInputFormat> {
        var format: UnsafePointer<AVInputFormat>?
        let result = av_probe_input_buffer2(input, &format, url, nil, 0, 0)
        try deadline.check(operation)
        try FFmpeg.check(.unreadable, operation) { result }
        let names = String(cString: format!.pointee.name).split(separator: ",").map { String($0) }
        if let name = names.first(where: refused.contains) {
            throw MediaError(
                .hostile, operation, reason: "a file of format '\(name)' refers to other files")
        }
        return format!
    }

    /// Reads packets until each stream's codec, size and first time are known.
    private static func describe(
        _ context: UnsafeMutablePointer<AVFormatContext>, _ limits: DecodingLimits,
        _ deadline: Deadline, _ operation: String
    ) throws(MediaError) {
        try checkSizes(context, limits, operation)
        // A codec is opened here to learn its parameters, hence the limit.
        let count = Int(context.pointee.nb_streams)
        var options = [OpaquePointer?](repeating: nil, count: count)
        for index in options.indices {
            av_dict_set_int(&options[index], "max_pixels", 2 * Int64(limits.pixels) + 65_536, 0)
        }
        let result = avformat_find_stream_info(context, &options)
        for index in options.indices {
            av_dict_free(&options[index])
        }
        try deadline.check(operation)
        // What fails for one stream shows again when that stream is decoded.
        if context.pointee.nb_streams == 0 {
            try FFmpeg.check(.unreadable, operation) { result }
            throw MediaError(.unreadable, operation, reason: "there is no stream in it")
        }
        try checkSizes(context, limits, operation)
    }

    private static func checkSizes(
        _ context: UnsafeMutablePointer<AVFormatContext>, _ limits: DecodingLimits,
        _ operation: String
    ) throws(MediaError) {
        for index in 0..<Int(context.pointee.nb_streams) {
            let stream = FFmpeg.Stream(context.pointee.streams[index]!)
            let (width, height) = (Int(stream.parameters.width), Int(stream.parameters.height))
            if stream.isVideo, width * height > limits.pixels {
                throw MediaError(
                    .hostile, operation,
                    reason: "pictures of \(width) × \(height) exceed \(limits.pixels) pixels")
            }
        }
    }

    private static func interruption(_ deadline: Deadline) -> AVIOInterruptCB {
        // The demuxer keeps the deadline alive for as long as the context that looks at it.
        AVIOInterruptCB(
            callback: { deadline in
                Unmanaged<Deadline>.fromOpaque(deadline!).takeUnretainedValue().excess == nil
                    ? 0 : 1
            }, opaque: Unmanaged.passUnretained(deadline).toOpaque())
    }
}
