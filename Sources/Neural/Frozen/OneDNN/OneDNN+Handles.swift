import COneDNN

extension OneDNN {
    /// The processor, made once for the process.
    struct Engine: ~Copyable, @unchecked Sendable {
        let handle: dnnl_engine_t

        /// The engine, for the calling thread, which is kept to itself from here on.
        ///
        /// A primitive is compiled for the number of threads that its creator would use, and keeps
        /// to that wherever it is executed.
        static func shared() throws(Error) -> dnnl_engine_t {
            NumericLibraries.prepareThread()
            return try result.get().handle
        }

        private final class Owner: Sendable {
            let engine: Engine
            var handle: dnnl_engine_t { engine.handle }

            init() throws(Error) { engine = try Engine() }
        }

        private static let result = Result<Owner, Error> { () throws(Error) in try Owner() }

        private init() throws(Error) {
            handle = try make("create engine") { dnnl_engine_create($0, dnnl_cpu, 0) }
        }

        deinit { dnnl_engine_destroy(handle) }
    }

    /// A sequence of executions, of one thread.
    struct Stream: ~Copyable {
        let handle: dnnl_stream_t

        init() throws(Error) {
            let engine = try Engine.shared()
            handle = try make("create stream") {
                dnnl_stream_create($0, engine, dnnl_stream_default_flags.rawValue)
            }
        }

        deinit { dnnl_stream_destroy(handle) }
    }

    /// A layout and the address of elements in it, which someone else owns.
    struct Memory: ~Copyable {
        let handle: dnnl_memory_t

        init(_ layout: dnnl_memory_desc_t, at address: UnsafeRawPointer?) throws(Error) {
            let engine = try Engine.shared(), address = UnsafeMutableRawPointer(mutating: address)
            handle = try make("create memory object") { handle in
                withUnsafePointer(to: layout) { dnnl_memory_create(handle, $0, engine, address) }
            }
        }

        deinit { dnnl_memory_destroy(handle) }
    }

    /// An operation with all its shapes, layouts and attributes chosen.
    struct PrimitiveDescriptor: ~Copyable {
        let handle: dnnl_primitive_desc_t

        deinit { dnnl_primitive_desc_destroy(handle) }

        func layout(_ query: dnnl_query_t) -> dnnl_memory_desc_t {
            dnnl_primitive_desc_query_md(handle, query, 0).pointee
        }
    }

    /// An operation compiled for this processor.
    struct Primitive: ~Copyable, @unchecked Sendable {
        let handle: dnnl_primitive_t

        init(
            _ operation: @autoclosure () -> String, _ descriptor: borrowing PrimitiveDescriptor
        ) throws(Error) {
            let description = descriptor.handle
            handle = try make(operation()) { dnnl_primitive_create($0, description) }
        }

        deinit { dnnl_primitive_destroy(handle) }

        /// Runs on the calling thread, and returns when done.
        func execute(
            _ operation: @autoclosure () -> String, _ arguments: [dnnl_exec_arg_t]
        ) throws(Error) {
            NumericLibraries.prepareThread()
            let stream = try Stream()
            try check(operation()) {
                dnnl_primitive_execute(handle, stream.handle, Int32(arguments.count), arguments)
            }
            try check(operation()) { dnnl_stream_wait(stream.handle) }
        }
    }

    /// The layout of a dense row-major array.
    static func layout(_ extents: [Int], _ tag: dnnl_format_tag_t) throws(Error)
        -> dnnl_memory_desc_t
    {
        var layout = dnnl_memory_desc_t()
        let extents = extents.map(Int64.init)
        try check("describe an array of shape \(extents)") {
            dnnl_memory_desc_init_by_tag(&layout, Int32(extents.count), extents, dnnl_f32, tag)
        }
        return layout
    }
}
