import CHDF5

/// The part of the HDF5 library that the caches use: the layout of files, never their contents.
///
/// Only this folder imports `CHDF5`. Shards are read by their own directory, see ``ShardDirectory``, so
/// the library parses none; it does read files that belong to data sets, see ``RecordNumbers``. It
/// serialises its calls with a lock of its own, so elements are written around it, at the offsets it
/// gives out.
enum HDF5 {
    /// Calls the library, and throws if the result is negative, as all its functions agree on.
    @discardableResult
    static func check<Result: SignedInteger>(
        _ operation: String, _ call: () -> Result
    ) throws(StorageError) -> Result {
        H5Eset_auto2(0, nil, nil)  // Don't print errors. A setting of the thread, hence each time.
        let result = call()
        guard result >= 0 else { throw error(operation, reasons: takeErrorStack()) }
        return result
    }

    /// The library's innermost reason; where that is a system call's, the system's words for it.
    private static func error(_ operation: String, reasons: [String]) -> StorageError {
        let reason = reasons.first ?? "the library gives no reason"
        if let number = reason.firstMatch(of: /errno = (\d+)/)?.1, let code = Int32(number) {
            return StorageError(errno: code, operation)
        }
        let line = reason.split(whereSeparator: \.isNewline).first ?? ""
        return StorageError(.failed, operation, String(line))
    }

    private static func takeErrorStack() -> [String] {
        var reasons: [String] = []
        withUnsafeMutablePointer(to: &reasons) { reasons in
            _ = H5Ewalk2(
                0, H5E_WALK_UPWARD,
                { _, frame, reasons in
                    let text = String(cString: frame!.pointee.desc)
                    reasons!.assumingMemoryBound(to: [String].self).pointee.append(text)
                    return 0
                }, reasons)
        }
        return reasons
    }
}
