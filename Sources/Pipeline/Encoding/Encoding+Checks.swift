import Models
import Storage

extension Encoding {
    /// Refuses what the backbone cannot give of such input.
    ///
    /// - Throws: ``RequestError``, or ``BackboneError`` if it does not read such input.
    func check(_ input: EncodingShape) throws {
        let model = backbone.model, tokens = configuration.tokens
        for layer in configuration.layers where !(0...model.depth ~= layer) {
            throw RequestError(
                description: "cannot encode layer \(layer): backbone \(backbone.name) has layers 0 "
                    + "to \(model.depth)")
        }
        guard !configuration.layers.isEmpty,
            configuration.layers == Set(configuration.layers).sorted()
        else {
            throw RequestError(description: "cannot encode: layers must ascend, each given once")
        }
        if input.rows == .texts, tokens != .all, tokens != .cls {
            throw RequestError(
                description: "cannot keep \(tokens.description) of texts: they differ in length; "
                    + "use --tokens all or cls")
        }
        for layer in configuration.layers {
            let layout = try layout(ofLayer: layer, for: input.size)
            guard tokens.fits(layout) else {
                throw RequestError(
                    description: "cannot \(tokens.depends ? "keep" : "pool tokens to") "
                        + "\(tokens.description): there are \(layout.rows)×\(layout.columns) patches"
                        + (configuration.layers.count > 1 ? " in layer \(layer)" : ""))
            }
        }
        if tokens == .cls, model.classRow(of: input.blank) == nil {
            throw RequestError(
                description: "cannot keep the class token: backbone \(backbone.name) has none; "
                    + "--tokens grid:1x1 keeps the mean of its patches")
        }
    }

    /// What the states of a layer are; the backbone's refusal of the input is that of the request.
    private func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(RequestError) -> StateLayout {
        do {
            return try backbone.model.layout(ofLayer: layer, for: size)
        } catch {
            throw RequestError(description: error.description)
        }
    }
}
