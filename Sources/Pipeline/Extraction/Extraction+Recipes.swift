import Datasets
import Media
import Storage

extension Extraction {
    /// Everything that determines the bytes of a feature.
    func recipe(of feature: ExtractedFeature) -> Recipe {
        let segments: JSONValue = [
            "count": .number(Double(dataset.segments)), "seconds": .number(dataset.segmentDuration),
        ]
        let libraries = JSONValue(encoding: MediaLibraries.versions)
        switch feature {
        case .frames:
            return Recipe([
                "kind": "frames", "version": 1, "decoder": libraries, "segments": segments,
                "sampling": "the picture shown at the segment's centre, by presentation time",
                "width": .number(Double(configuration.pictureSize.width)),
                "height": .number(Double(configuration.pictureSize.height)),
                "resize": "squash-bicubic", "rotation": "applied", "deinterlacing": "none",
                "colour": "full-range RGB by the file's range and matrix",
            ])
        case .logMel:
            return Recipe([
                "kind": "logmel", "version": 1, "decoder": libraries, "segments": segments,
                "channels": "mean", "waveformMean": "subtracted",
                "preset": JSONValue(encoding: configuration.logMel),
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
                    dataset.segments, configuration.pictureSize.height,
                    configuration.pictureSize.width, 3,
                ])
        case .logMel:
            ArraySpecification(
                "logmel", .f32,
                shape: [
                    dataset.segments, configuration.logMel.targetFrames,
                    configuration.logMel.melBands,
                ])
        }
    }
}
