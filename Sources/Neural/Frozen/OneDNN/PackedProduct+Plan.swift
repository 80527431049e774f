import COneDNN

extension PackedProduct {
    /// A product compiled for one number of rows.
    final class Plan: Sendable {
        let primitive: OneDNN.Primitive
        let source: dnnl_memory_desc_t
        let weight: dnnl_memory_desc_t
        let bias: dnnl_memory_desc_t
        let result: dnnl_memory_desc_t
        let scratch: dnnl_memory_desc_t

        /// Bytes that an execution needs beside its arguments.
        let scratchSize: Int

        /// Compiles the product; with `weight` the library keeps to that layout.
        init(
            rows: Int, inputs: Int, outputs: Int, _ activation: FrozenLinear.Activation,
            weight: dnnl_memory_desc_t?
        ) throws(OneDNN.Error) {
            let operation = "create product of \(rows) rows with \(inputs) × \(outputs)"
            var x = try OneDNN.layout([rows, inputs], dnnl_ab)
            var w = try OneDNN.layout([outputs, inputs], dnnl_format_tag_any)
            if let weight { w = weight }
            var b = try OneDNN.layout([outputs], dnnl_a)
            var y = try OneDNN.layout([rows, outputs], dnnl_ab)

            var product = dnnl_inner_product_desc_t()
            try OneDNN.check(operation) {
                dnnl_inner_product_forward_desc_init(
                    &product, dnnl_forward_inference, &x, &w, &b, &y)
            }
            let attributes = try Attributes(operation, activation)
            let engine = try OneDNN.Engine.shared()
            let descriptor = OneDNN.PrimitiveDescriptor(
                handle: try OneDNN.make(operation) {
                    dnnl_primitive_desc_create($0, &product, attributes.handle, engine, nil)
                })
            primitive = try OneDNN.Primitive(operation, descriptor)
            (source, bias, result) = (x, b, y)
            self.weight = descriptor.layout(dnnl_query_weights_md)
            scratch = descriptor.layout(dnnl_query_scratchpad_md)
            scratchSize = withUnsafePointer(to: scratch) { dnnl_memory_desc_get_size($0) }
        }
    }

    /// What is done beside the product: the activation, and who owns the scratchpad.
    private final class Attributes {
        let handle: dnnl_primitive_attr_t

        init(_ operation: String, _ activation: FrozenLinear.Activation) throws(OneDNN.Error) {
            handle = try OneDNN.make(operation) { dnnl_primitive_attr_create($0) }
            // The library's own scratchpad belongs to the thread that created the primitive.
            try OneDNN.check(operation) {
                dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user)
            }
            switch activation {
            case .none: break
            case .gelu: try append(dnnl_eltwise_gelu_erf, operation)
            case .geluTanh: try append(dnnl_eltwise_gelu_tanh, operation)
            case .quickGELU: try append(dnnl_eltwise_swish, alpha: 1.702, operation)
            case .relu: try append(dnnl_eltwise_relu, operation)
            }
        }

        deinit { dnnl_primitive_attr_destroy(handle) }

        private func append(
            _ function: dnnl_alg_kind_t, alpha: Float = 0, _ operation: String
        ) throws(OneDNN.Error) {
            let chain = try OneDNN.make(operation) { dnnl_post_ops_create($0) }
            defer { dnnl_post_ops_destroy(chain) }
            try OneDNN.check(operation) {
                dnnl_post_ops_append_eltwise(chain, 1, function, alpha, 0)
            }
            try OneDNN.check(operation) { dnnl_primitive_attr_set_post_ops(handle, chain) }
        }
    }
}
