import Datasets
import Media
public import Models
import Storage

extension Encoding {
    /// What the states are computed from.
    ///
    /// - Throws: ``StorageError`` of kind `missing` if the cache has no data of it.
    func source(in cache: Cache) throws -> any EncodingSource {
        if let kind = configuration.stream.extracted {
            return try FeatureSource(cache, kind, configuration.stream, for: backbone)
        }
        return try texts(of: cache.samples())
    }

    /// The texts of samples.
    func texts(of samples: [Sample]) throws -> TextSource {
        let operation = "encode the text stream of \(cachePath)"
        guard let reading else {
            throw RequestError(
                description: "cannot \(operation): backbone \(backbone.name) has no tokenizer")
        }
        return try TextSource(
            samples, reading, keeping: configuration.tokens,
            like: Feature(name: featureName, cache: cachePath).recipe(), operation)
    }

    /// The shape of what there will be to encode, which need not be there yet.
    func shape(after extraction: Extraction) throws -> EncodingShape {
        if let kind = configuration.stream.extracted {
            if kind == .logMel {
                _ = try WindowNormalisation(extraction.settings.logMel.normalisation).undone(
                    for: backbone.model.spectrogramNormalisation, backbone.name)
            }
            return EncodingShape(
                kind.rawValue, fingerprint: extraction.recipe(of: kind).fingerprint,
                configuration.stream, extraction.settings.arrays(of: kind)[0].shape)
        }
        return try texts(of: extraction.dataset.samples).shape
    }
}

extension Encoding.Stream {
    /// The feature that a stream is computed from; nil for texts.
    var extracted: ExtractedFeature? {
        switch self {
        case .visual: .frames
        case .audio: .logMel
        case .text: nil
        }
    }

    /// What a backbone reads of a stream.
    public var kind: BackboneInput.Kind {
        switch self {
        case .visual: .pictures
        case .audio: .spectrograms
        case .text: .texts
        }
    }
}
