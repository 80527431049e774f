import CFFmpeg

/// The part of FFmpeg that turns a file into pictures and samples.
///
/// Only this folder imports `CFFmpeg`. Each of its handles has one owner, which frees it.
enum FFmpeg {
    /// Calls the library, and throws if the result is negative, as all its functions agree on.
    @discardableResult
    static func check<Result: SignedInteger>(
        _ kind: MediaError.Kind, _ operation: String, _ call: () -> Result
    ) throws(MediaError) -> Result {
        let result = call()
        guard result >= 0 else {
            let reason = text(Int32(result))
            throw MediaError(reason == outOfMemory ? .hostile : kind, operation, reason: reason)
        }
        return result
    }

    /// The library's words for an error code.
    static func text(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(AV_ERROR_MAX_STRING_SIZE)) {
            av_strerror(code, $0.baseAddress, $0.count)
            return String(cString: $0.baseAddress!)
        }
    }

    /// The library's words where a file makes it ask for more memory than there is.
    static let outOfMemory = text(Int32(avprep_AVERROR(ENOMEM)))

    /// Keeps FFmpeg from printing; read it before the first call.
    static let silence: Void = av_log_set_level(AV_LOG_QUIET)
}
