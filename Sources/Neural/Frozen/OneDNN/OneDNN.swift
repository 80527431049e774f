import COneDNN

/// The part of the oneDNN library that the frozen pass uses.
///
/// Only this folder and `NumericLibraries` import `COneDNN`. The library's objects are reference
/// counted and its primitives may be executed by several threads at once, given memory objects and
/// a scratchpad for each execution.
public enum OneDNN {
    /// A failed call of the library.
    public struct Error: Swift.Error, CustomStringConvertible, Equatable {
        /// What was attempted, such as `create matmul 768 × 3072`.
        public let operation: String
        public let reason: String

        public var description: String { "cannot \(operation): \(reason)" }
    }

    /// Calls the library, and throws unless it reports success.
    static func check(
        _ operation: @autoclosure () -> String, _ call: () -> dnnl_status_t
    ) throws(Error) {
        let status = call()
        guard status == dnnl_success else {
            throw Error(operation: operation(), reason: reason(of: status))
        }
    }

    /// Calls the library for a new object, and throws unless it made one.
    static func make(
        _ operation: @autoclosure () -> String,
        _ call: (UnsafeMutablePointer<OpaquePointer?>) -> dnnl_status_t
    ) throws(Error) -> OpaquePointer {
        var handle: OpaquePointer?
        let status = call(&handle)
        guard status == dnnl_success, let handle else {
            throw Error(operation: operation(), reason: reason(of: status))
        }
        return handle
    }

    private static func reason(of status: dnnl_status_t) -> String {
        switch status {
        case dnnl_out_of_memory: "out of memory"
        case dnnl_invalid_arguments: "invalid arguments"
        case dnnl_unimplemented: "not implemented on this processor"
        case dnnl_iterator_ends: "no implementation left to try"
        case dnnl_runtime_error: "failure at run time"
        case dnnl_not_required: "not required"
        default: "status \(status.rawValue)"
        }
    }
}
