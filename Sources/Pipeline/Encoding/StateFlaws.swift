/// Values that a cache cannot hold, by layer.
struct StateFlaws: Sendable {
    private struct Flaw {
        /// Values that are no finite numbers.
        var notFinite = 0

        /// Finite values beyond the limit, and the largest magnitude among them.
        var beyond = 0
        var largest: Float = 0
    }

    private var layers: [Int: Flaw] = [:]

    /// Looks at the states of a layer.
    mutating func check(_ values: [Float], _ layer: Int, limit: Float) {
        // Magnitudes are ordered as their bits, those that are not finite last; the maximum of
        // integers vectorises.
        var largest: UInt32 = 0
        for value in values { largest = max(largest, value.bitPattern & 0x7FFF_FFFF) }
        guard largest > limit.bitPattern else { return }
        var flaw = layers[layer] ?? Flaw()
        for value in values {
            if !value.isFinite {
                flaw.notFinite += 1
            } else if value.magnitude > limit {
                flaw.beyond += 1
                flaw.largest = max(flaw.largest, value.magnitude)
            }
        }
        layers[layer] = flaw
    }

    /// Adds those of another part of the same clip.
    mutating func add(_ other: StateFlaws) {
        for (layer, flaw) in other.layers {
            var sum = layers[layer] ?? Flaw()
            sum.notFinite += flaw.notFinite
            sum.beyond += flaw.beyond
            sum.largest = max(sum.largest, flaw.largest)
            layers[layer] = sum
        }
    }

    /// Why a row cannot be stored; nil if it can.
    func error(of row: String, _ type: Encoding.NumberType) -> Encoding.OverflowError? {
        func list(_ words: (Flaw) -> String?) -> String? {
            let parts = layers.sorted { $0.key < $1.key }.compactMap { layer, flaw in
                words(flaw).map { "layer \(layer) has \($0)" }
            }
            return parts.isEmpty ? nil : parts.joined(separator: ", ")
        }
        if let parts = list({ $0.notFinite == 0 ? nil : "\($0.notFinite)" }) {
            return Encoding.OverflowError(
                description: "cannot store the states of \(row): \(parts) values that are not "
                    + "finite; the backbone gives them, and no number type can hold them")
        }
        let beyond = list {
            $0.beyond == 0 ? nil : "\($0.beyond) (the largest \($0.largest))"
        }
        guard let beyond else { return nil }
        return Encoding.OverflowError(
            description: "cannot store the states of \(row) as \(type.rawValue): \(beyond) values "
                + "beyond ±65504; use --dtype f32")
    }
}
