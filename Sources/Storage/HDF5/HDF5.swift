import CHDF5

/// The part of the HDF5 library that the caches use: the layout of files, never their contents.
///
/// Only this folder imports `CHDF5`. The library serialises its calls with a lock of its own, so
/// elements are read and written around it, at the offsets it gives out.
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

    private static func error(_ operation: String, reasons: [String]) -> StorageError {
        let text = reasons.joined(separator: "; ")
        // The library keeps the cause in its innermost message: "…, errno = 28, error message = …".
        let kind: StorageError.Kind =
            if text.contains("errno = 28,") || text.contains("errno = 122,") {
                .noSpace
            } else if text.contains("errno = 13,") || text.contains("errno = 30,") {
                .permission
            } else if text.contains("errno = 2,") {
                .missing
            } else {
                .failed
            }
        return StorageError(kind, operation, kind == .failed ? text : words(for: kind))
    }

    private static func words(for kind: StorageError.Kind) -> String {
        switch kind {
        case .noSpace: "No space left on device"
        case .permission: "Permission denied"
        default: "No such file"
        }
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
