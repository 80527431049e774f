import COneDNN
import Synchronization
import Tensors

/// A matrix packed for products with it, with bias and activation fused into them.
///
/// The library chooses a layout when it is told the first number of rows. Products with another
/// number of rows are compiled, once each, for the layout that is there.
final class PackedProduct: Sendable {
    /// `inputs × outputs`, for messages.
    private let size: String
    private let inputs: Int
    private let outputs: Int
    private let activation: FrozenLinear.Activation
    private let weight: AlignedBytes
    private let layout: dnnl_memory_desc_t
    private let bias: Tensor
    private let plans: Mutex<[Int: Plan]>

    /// Rows that the layout is chosen for, an image of 14 × 14 patches and a class token.
    ///
    /// The choice was the same for every number from 1 to 1536, for the shapes of ViT-B.
    private static let typicalRows = 197

    /// Packs `weight`, `[outputs, inputs]`.
    init(
        _ weight: Tensor, bias: Tensor, activation: FrozenLinear.Activation
    ) throws(OneDNN.Error) {
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        size = "\(inputs) × \(outputs)"
        self.activation = activation
        self.bias = bias
        let plan = try Plan(
            rows: Self.typicalRows, inputs: inputs, outputs: outputs, activation, weight: nil)
        layout = plan.weight
        self.weight = try Self.pack(weight, as: layout)
        plans = Mutex([Self.typicalRows: plan])
    }

    /// Multiplies `rows` rows at `x` and stores the result at `y`.
    func callAsFunction(
        _ x: UnsafePointer<Float>, rows: Int, to y: UnsafeMutablePointer<Float>
    ) throws(OneDNN.Error) {
        let plan = try plan(rows: rows)
        let scratch = AlignedBytes(count: plan.scratchSize)
        let source = try OneDNN.Memory(plan.source, at: x)
        let weight = try OneDNN.Memory(layout, at: weight.start)
        let result = try OneDNN.Memory(plan.result, at: y)
        let scratchpad = try OneDNN.Memory(plan.scratch, at: scratch.start)
        try bias.elements.withUnsafeBufferPointer { elements throws(OneDNN.Error) in
            let bias = try OneDNN.Memory(plan.bias, at: elements.baseAddress)
            try plan.primitive.execute(
                "multiply \(rows) rows by \(size)",
                [
                    dnnl_exec_arg_t(arg: DNNL_ARG_SRC_0, memory: source.handle),
                    dnnl_exec_arg_t(arg: DNNL_ARG_WEIGHTS_0, memory: weight.handle),
                    dnnl_exec_arg_t(arg: DNNL_ARG_BIAS, memory: bias.handle),
                    dnnl_exec_arg_t(arg: DNNL_ARG_DST_0, memory: result.handle),
                    dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratchpad.handle),
                ])
        }
    }

    private func plan(rows: Int) throws(OneDNN.Error) -> Plan {
        try plans.withLock { plans throws(OneDNN.Error) in
            if let plan = plans[rows] { return plan }
            let plan = try Plan(
                rows: rows, inputs: inputs, outputs: outputs, activation, weight: layout)
            plans[rows] = plan
            return plan
        }
    }

    private static func pack(
        _ weight: Tensor, as layout: dnnl_memory_desc_t
    ) throws(OneDNN.Error) -> AlignedBytes {
        let operation = "pack weights \(weight.shape[1]) × \(weight.shape[0])"
        let engine = try OneDNN.Engine.shared()
        let dense = try OneDNN.layout(weight.shape, dnnl_ab)
        let packed = withUnsafePointer(to: layout) {
            AlignedBytes(count: dnnl_memory_desc_get_size($0))
        }
        let descriptor = OneDNN.PrimitiveDescriptor(
            handle: try OneDNN.make(operation) { handle in
                withUnsafePointer(to: dense) { dense in
                    withUnsafePointer(to: layout) { layout in
                        dnnl_reorder_primitive_desc_create(
                            handle, dense, engine, layout, engine, nil)
                    }
                }
            })
        let primitive = try OneDNN.Primitive(operation, descriptor)
        let result = try OneDNN.Memory(layout, at: packed.start)
        try weight.elements.withUnsafeBufferPointer { elements throws(OneDNN.Error) in
            let source = try OneDNN.Memory(dense, at: elements.baseAddress)
            try primitive.execute(
                operation,
                [
                    dnnl_exec_arg_t(arg: DNNL_ARG_SRC_0, memory: source.handle),
                    dnnl_exec_arg_t(arg: DNNL_ARG_DST_0, memory: result.handle),
                ])
        }
        return packed
    }
}
