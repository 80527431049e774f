import Datasets
import Media
import Storage

extension Extraction {
    /// Everything that determines the bytes of a feature.
    func recipe(of feature: ExtractedFeature) -> Recipe {
        let segments: JSONValue = [
            "count": .number(Double(settings.segments)),
            "seconds": .number(settings.segmentDuration),
        ]
        let libraries = JSONValue(encoding: MediaLibraries.versions)
        switch feature {
        case .frames:
            return Recipe([
                "kind": "frames", "version": 1, "decoder": libraries, "segments": segments,
                "sampling": JSONValue(encoding: settings.sampling),
                "picture": JSONValue(encoding: settings.picture),
            ])
        case .logMel:
            return Recipe([
                "kind": "logmel", "version": 1, "decoder": libraries, "segments": segments,
                "preset": JSONValue(encoding: settings.logMel),
            ])
        }
    }

    /// The array of a feature, for one clip.
    func array(of feature: ExtractedFeature) -> ArraySpecification {
        switch feature {
        case .frames:
            ArraySpecification(
                "rgb", .u8,
                shape: [
                    settings.count(of: feature), settings.picture.size?.height ?? 0,
                    settings.picture.size?.width ?? 0, 3,
                ])
        case .logMel:
            ArraySpecification(
                "logmel", .f32,
                shape: settings.logMel.shape(
                    segments: settings.segments, segmentDuration: settings.segmentDuration))
        }
    }
}
