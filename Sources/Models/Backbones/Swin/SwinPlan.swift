import Neural
import Tensors

/// What blocks need to know of a map of some size: the windows of each, and its position biases.
///
/// It is made once for a size and shared by all workers.
final class SwinPlan: Sendable {
    /// The windows of one block.
    struct Windows: Sendable {
        /// For each row of the windows the token of the map; −1 for padding.
        let order: [Int]

        /// How many there are, and for each its mask; none if the windows are not shifted.
        let count: Int
        let patterns: [Int]

        /// With position bias and masks.
        let attention: FrozenAttention
    }

    struct Stage: Sendable {
        let map: MapSize

        /// For each token the four of the map before that it is made of; empty for the first stage.
        let mergingOrder: [Int]

        /// Of each block.
        let windows: [Windows]
    }

    /// Map of the first stage.
    let map: MapSize
    let stages: [Stage]

    init(_ map: MapSize, _ stages: [SwinStage], _ shape: SwinTransformer.Configuration) {
        self.map = map
        var planned: [Stage] = []
        for (number, (stage, map)) in zip(stages, map.stages(stages.count)).enumerated() {
            let partition = WindowPartition(map, shape.windowRule(shape.windows[number], on: map))
            let order = partition.order(isShifted: false, shape.padding)
            let shiftedOrder = partition.order(isShifted: true, shape.padding)
            let masks =
                partition.shape.isShifted ? partition.masks(hidden: shape.hiddenScore) : nil
            let windows = stage.blocks.enumerated().map { index, block in
                let isShifted = masks != nil && index % 2 == 1
                var attention = block.attention
                attention.bias = block.positions(partition.shape)
                attention.masks = isShifted ? masks : nil
                return Windows(
                    order: isShifted ? shiftedOrder : order, count: partition.windows.count,
                    patterns: isShifted ? partition.patterns : [], attention: attention)
            }
            planned.append(
                Stage(
                    map: map,
                    mergingOrder: planned.last.map { PatchMerging.order(of: $0.map) } ?? [],
                    windows: windows))
        }
        self.stages = planned
    }
}
