import Models
import Neural
import Storage
import Tensors

/// Computes the arrays of one input: the chosen tokens of the chosen layers, as the cache stores them.
struct StateEncoder: Sendable {
    /// Arrays of a row, layer by layer.
    let arrays: [ArraySpecification]

    private let model: any FrozenBackbone
    private let configuration: Encoding.Configuration
    private let layers: Set<Int>

    /// What the states of each layer are for an input of the common size.
    private let layouts: [Int: StateLayout]
    private let size: BackboneInput.Size

    /// - Throws: ``BackboneError`` if the backbone does not read such input.
    init(_ encoding: Encoding, _ shape: EncodingShape) throws(BackboneError) {
        model = encoding.backbone.model
        configuration = encoding.configuration
        layers = Set(configuration.layers)
        size = shape.size
        var layouts: [Int: StateLayout] = [:], arrays: [ArraySpecification] = []
        for layer in configuration.layers {
            let layout = try model.layout(ofLayer: layer, for: shape.size)
            layouts[layer] = layout
            let tokens = configuration.tokens.count(of: layout)
            let name = Self.name(layer), type = configuration.numberType
            arrays.append(
                ArraySpecification(
                    name, type.element, shape: [shape.segments, tokens, layout.width]))
            if type == .int8 {
                arrays.append(
                    ArraySpecification("\(name)_scale", .f32, shape: [shape.segments, tokens]))
            }
            if configuration.tokens.depends {
                arrays.append(
                    ArraySpecification("\(name)_token", .i32, shape: [shape.segments, tokens]))
            }
        }
        self.layouts = layouts
        self.arrays = arrays
    }

    /// `block_00` and so on.
    private static func name(_ layer: Int) -> String {
        layer < 10 ? "block_0\(layer)" : "block_\(layer)"
    }

    /// Bytes of a segment in each array.
    func segmentSize(_ array: Int) -> Int { arrays[array].rowSize / arrays[array].shape[0] }

    /// The bytes of each array for one input; those of a text have no padding.
    ///
    /// - Parameters:
    ///   - input: Of the common size, or a text that is no longer.
    ///   - worker: The backbone's part of this thread.
    ///   - flaws: Takes what cannot be stored.
    /// - Returns: The bytes, in the order of the arrays.
    /// - Throws: ``BackboneError`` if the backbone does not read the text.
    func encode(
        _ input: BackboneInput, by worker: any BackboneWorker, _ flaws: inout StateFlaws
    ) throws -> [[UInt8]] {
        let classRow = configuration.tokens == .cls ? model.classRow(of: input) : nil
        var pieces: [[UInt8]] = []
        pieces.reserveCapacity(arrays.count)
        try worker.forEachState(of: input, layers: layers) { layer, state in
            let layout =
                input.size == size
                ? layouts[layer]! : try model.layout(ofLayer: layer, for: input.size)
            let chosen = configuration.tokens(state, layout, classRow: classRow)
            store(chosen.states, layer, &pieces, &flaws)
            if configuration.tokens.depends, let rows = chosen.rows {
                pieces.append(rows.map(Int32.init).bytes)
            }
        }
        return pieces
    }

    private func store(
        _ states: Tensor, _ layer: Int, _ pieces: inout [[UInt8]], _ flaws: inout StateFlaws
    ) {
        switch configuration.numberType {
        case .f32:
            flaws.check(states.elements, layer, limit: .greatestFiniteMagnitude)
            pieces.append(states.bytes)
        case .f16:
            let (bits, overflow) = HalfPrecision.narrow(states.elements)
            if overflow > 0 {
                flaws.check(states.elements, layer, limit: HalfPrecision.maximum)
            }
            pieces.append(bits.bytes)
        case .int8:
            flaws.check(states.elements, layer, limit: .greatestFiniteMagnitude)
            let (bytes, scales) = QuantisedRows.narrow(states.elements, columns: states.columns)
            pieces.append(bytes)
            pieces.append(scales.bytes)
        }
    }
}

extension Encoding.NumberType {
    /// What a cache's arrays of this type hold.
    var element: ElementType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .int8: .i8
        }
    }
}

extension Array where Element: BitwiseCopyable {
    /// The elements' bytes, little-endian.
    var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array<UInt8>($0) } }
}
