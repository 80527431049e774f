import Models
import Neural
import Storage
import Tensors

/// Computes the token states of one clip, segment by segment.
struct ClipEncoder: Sendable {
    /// One array for each layer.
    let arrays: [ArraySpecification]

    private let model: VisionTransformer
    private let configuration: Encoding.Configuration
    private let input: EncodingShape
    private let grid: (rows: Int, columns: Int)

    init(_ encoding: Encoding, _ input: EncodingShape) {
        model = encoding.backbone.model
        configuration = encoding.configuration
        self.input = input
        let grid = model.grid(height: input.height, width: input.width)
        self.grid = grid
        let shape = [
            input.segments, configuration.tokens.count(of: grid), model.configuration.width,
        ]
        let type: ElementType = configuration.numberType == .f16 ? .f16 : .f32
        arrays = configuration.layers.map { ArraySpecification(Self.name($0), type, shape: shape) }
    }

    /// `/block_00` and so on.
    private static func name(_ layer: Int) -> String {
        layer < 10 ? "block_0\(layer)" : "block_\(layer)"
    }

    /// States of all segments; those without data are zero.
    ///
    /// - Throws: ``Encoding/OverflowError`` if a state is beyond the range of the cache's number type.
    func encode(_ clip: String, of data: EncodingInput) throws -> ShardRow {
        let (times, valid, bytes) = try data.row(of: clip)
        var states = arrays.map { array in
            [UInt8](repeating: 0, count: array.rowSize)
        }
        let layers = Set(configuration.layers), size = bytes.count / input.segments
        for segment in 0..<input.segments where valid[segment] {
            let data = Array(bytes[segment * size..<(segment + 1) * size])
            var kept: [(layer: Int, tokens: Tensor)] = []
            model.forEachState(of: embed(data), layers: layers) { layer, state in
                kept.append((layer, configuration.tokens(state, grid: grid)))
            }
            for (index, (layer, tokens)) in kept.enumerated() {
                let piece = try encode(tokens, layer: layer, clip: clip)
                let start = segment * piece.count
                states[index].replaceSubrange(start..<start + piece.count, with: piece)
            }
        }
        return ShardRow(times: times, valid: valid, arrays: states)
    }

    /// Does the work of one segment on made-up data, to see how long it takes.
    func rehearse() {
        let elements = input.height * input.width
        let data = [UInt8](
            repeating: 0, count: elements * (configuration.stream == .visual ? 3 : 4))
        model.forEachState(of: embed(data), layers: Set(configuration.layers)) { _, state in
            _ = configuration.tokens(state, grid: grid)
        }
    }

    private func embed(_ data: [UInt8]) -> Tensor {
        switch configuration.stream {
        case .visual: return model.embed(rgb: data)
        case .audio:
            let values = unsafe data.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
            return model.embed(spectrogram: Tensor(values, shape: [input.height, input.width]))
        }
    }

    private func encode(_ tokens: Tensor, layer: Int, clip: String) throws -> [UInt8] {
        guard tokens.elements.allSatisfy(\.isFinite) else {
            throw Encoding.OverflowError(
                description:
                    "cannot store layer \(layer) of clip \(clip): it has values that are not "
                    + "finite; the backbone's weights are not usable")
        }
        guard configuration.numberType == .f16 else { return tokens.bytes }
        let (bits, overflow) = HalfPrecision.narrow(tokens.elements)
        guard overflow == 0 else {
            throw Encoding.OverflowError(
                description:
                    "cannot store layer \(layer) of clip \(clip) as f16: \(overflow) values "
                    + "are beyond ±\(Int(HalfPrecision.maximum)); use --dtype f32")
        }
        return unsafe bits.withUnsafeBytes { unsafe Array($0) }
    }
}
