import Models
import Neural
import Storage
import Tensors

/// Computes the token states of one clip, segment by segment.
struct ClipEncoder: Sendable {
    /// One array for each layer.
    let arrays: [ArraySpecification]

    private let model: any FrozenBackbone
    private let configuration: Encoding.Configuration
    private let input: EncodingShape

    /// What the states of each layer are.
    private let layouts: [Int: StateLayout]

    /// - Throws: ``BackboneError`` if the backbone does not read such input.
    init(_ encoding: Encoding, _ input: EncodingShape) throws(BackboneError) {
        model = encoding.backbone.model
        configuration = encoding.configuration
        self.input = input
        let type: ElementType = configuration.numberType == .f16 ? .f16 : .f32
        var layouts: [Int: StateLayout] = [:], arrays: [ArraySpecification] = []
        for layer in configuration.layers {
            let layout = try model.layout(ofLayer: layer, for: input.size(configuration.stream))
            layouts[layer] = layout
            arrays.append(
                ArraySpecification(
                    Self.name(layer), type,
                    shape: [input.segments, configuration.tokens.count(of: layout), layout.width]))
        }
        self.layouts = layouts
        self.arrays = arrays
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
        let worker = model.makeWorker()
        for segment in 0..<input.segments where valid[segment] {
            let data = picture(Array(bytes[segment * size..<(segment + 1) * size]))
            var kept: [(layer: Int, tokens: Tensor)] = []
            worker.forEachState(of: data, layers: layers) { layer, state in
                kept.append((layer, select(state, layer, of: data)))
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
        let data = picture(
            [UInt8](repeating: 0, count: elements * (configuration.stream == .visual ? 3 : 4)))
        model.makeWorker().forEachState(of: data, layers: Set(configuration.layers)) {
            layer, state in
            _ = select(state, layer, of: data)
        }
    }

    private func select(_ state: Tensor, _ layer: Int, of data: BackboneInput) -> Tensor {
        configuration.tokens(state, layouts[layer]!, classRow: model.classRow(of: data))
    }

    private func picture(_ data: [UInt8]) -> BackboneInput {
        switch configuration.stream {
        case .visual: return .picture(rgb: data, height: input.height, width: input.width)
        case .audio:
            let values = unsafe data.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
            return .spectrogram(Tensor(values, shape: [input.height, input.width]))
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
