import Neural
import Tensors

/// A convolution that makes the first tokens of a picture, and the norm after it.
struct PatchEmbedding: Sendable {
    /// `[channels · side · side → C]`.
    let projection: FrozenLinear
    let norm: FrozenLayerNorm?

    let shape: Shape

    /// Which pixels a token is made of.
    struct Shape: Codable, Sendable, Equatable {
        var channels = 3

        /// Side of a patch, and the distance from one to the next.
        var side: Int
        var stride: Int

        /// Rows and columns of zeros above and to the left of the picture.
        var margin = 0

        /// Elements of a patch.
        var count: Int { channels * side * side }
    }

    /// Embeds a picture as the tokens of a map.
    ///
    /// - Parameters:
    ///   - planes: The picture; beyond its edges there are zeros.
    ///   - map: The patches to embed.
    ///   - patches: Memory for them, `[N, count]`.
    ///   - x: Becomes the tokens, `[N, C]`.
    ///   - scratch: That of the calling worker.
    func apply(
        _ planes: PixelPlanes, _ map: MapSize, patches: inout Tensor, to x: inout Tensor,
        _ scratch: EncoderScratch
    ) {
        gather(planes, map, to: &patches.elements)
        scratch.normalised.load(patches)
        projection.apply(scratch.normalised, to: &x, in: scratch.workspace)
        norm?.apply(to: &x)
    }

    /// A patch is flattened as the convolution's kernel is: channel, row, column.
    private func gather(_ planes: PixelPlanes, _ map: MapSize, to patches: inout [Float]) {
        let side = shape.side, size = planes.height * planes.width
        precondition(patches.count == map.count * shape.count)
        var place = 0
        for row in 0..<map.rows {
            let top = row * shape.stride - shape.margin
            for column in 0..<map.columns {
                let left = column * shape.stride - shape.margin
                let columns = max(left, 0)..<min(left + side, planes.width)
                for channel in 0..<shape.channels {
                    let plane = min(channel, planes.count - 1) * size
                    for y in top..<top + side {
                        if 0..<planes.height ~= y, columns.count == side {
                            let first = plane + y * planes.width + left
                            for i in 0..<side { patches[place + i] = planes.values[first + i] }
                        } else {
                            for x in left..<left + side {
                                let isInside = 0..<planes.height ~= y && columns ~= x
                                patches[place + x - left] =
                                    isInside ? planes.values[plane + y * planes.width + x] : 0
                            }
                        }
                        place += side
                    }
                }
            }
        }
    }
}
