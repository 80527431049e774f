import Neural
import Tensors

/// Memory of one worker for a stage, of maps of one size.
final class SwinStageMemory {
    /// The residual stream, `[N, C]`.
    var x: Tensor

    /// Rows of the windows, and what Swin V2 adds to the stream, `[N, C]`.
    var windows: Tensor
    var branch: Tensor

    /// Tokens of the stage before side by side, `[N, 4 · C / 2]`; none for the first stage.
    var joined: Tensor

    init(_ stage: SwinPlan.Stage, width: Int, hasBranch: Bool) {
        x = Tensor(shape: [stage.map.count, width])
        windows = Tensor(shape: [stage.windows[0].order.count, width])
        branch = Tensor(shape: [hasBranch ? stage.map.count : 0, width])
        joined = Tensor(shape: [stage.mergingOrder.count / 4, 2 * width])
    }
}

extension SwinTransformer {
    /// One thread's part of the model.
    final class Worker: BackboneWorker {
        private let model: SwinTransformer
        private let scratch: EncoderScratch
        private let tables: [[Float]]
        private var planes = PixelPlanes()

        /// For maps of the size that was met last.
        private var plan: SwinPlan?
        private var patches = Tensor(shape: [0])
        private var stages: [SwinStageMemory] = []

        init(_ model: SwinTransformer) {
            self.model = model
            scratch = EncoderScratch(model.embedding.projection.compute)
            tables = model.shape.pixels.tables
        }

        func forEachState(
            of input: BackboneInput, layers: Set<Int>,
            _ body: (_ layer: Int, _ states: Tensor) throws -> Void
        ) rethrows {
            let plan = prepare(for: input.size)
            load(input)
            model.embedding.apply(
                planes, plan.map, patches: &patches, to: &stages[0].x, scratch)
            let last = layers.max() ?? 0
            var layer = 0
            for (number, stage) in model.stages.enumerated() {
                let memory = stages[number]
                if let merging = stage.merging {
                    merging.apply(
                        stages[number - 1].x, plan.stages[number].mergingOrder,
                        joined: &memory.joined, to: &memory.x, scratch)
                }
                for (block, windows) in zip(stage.blocks, plan.stages[number].windows) {
                    if layers.contains(layer) { try body(layer, memory.x) }
                    if layer == last { return }
                    block.apply(to: memory, windows, scratch)
                    layer += 1
                }
            }
            if layers.contains(layer) { try body(layer, stages[stages.count - 1].x) }
        }

        /// Makes room for maps of the size of an input.
        private func prepare(for size: BackboneInput.Size) -> SwinPlan {
            let map: MapSize
            do {
                map = try model.map(of: size)
            } catch {
                preconditionFailure("\(error)")
            }
            if let plan, plan.map == map { return plan }
            let plan = model.plan(for: map)
            patches = Tensor(shape: [map.count, model.embedding.shape.count])
            stages = plan.stages.enumerated().map { number, stage in
                SwinStageMemory(
                    stage, width: model.shape.width << number,
                    hasBranch: model.shape.architecture == .swinV2)
            }
            self.plan = plan
            return plan
        }

        private func load(_ input: BackboneInput) {
            switch input {
            case .picture(let rgb, let height, let width):
                planes.load(rgb: rgb, height: height, width: width, tables)
            case .spectrogram(let x):
                if let melPicture = model.melPicture {
                    melPicture.draw(x, to: &planes)
                } else {
                    planes.load(x)
                }
            case .text: preconditionFailure("a Swin Transformer reads no text")
            }
        }
    }
}
