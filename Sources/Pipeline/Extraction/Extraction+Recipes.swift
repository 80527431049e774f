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
        let refused = JSONValue.array(
            settings.refused.map(\.rawValue).sorted().map { .string($0) })
        // A library that has no part in a feature must not make it stale.
        let others = feature == .frames ? ["libswresample", "fftw"] : ["libswscale"]
        let libraries = JSONValue(
            encoding: MediaLibraries.versions.filter { !others.contains($0.key) })
        switch feature {
        case .frames:
            return Recipe([
                "kind": "frames", "version": 1, "decoder": libraries, "segments": segments,
                "refused": refused,
                "sampling": JSONValue(encoding: settings.sampling),
                "picture": JSONValue(encoding: settings.picture),
            ])
        case .logMel:
            return Recipe([
                "kind": "logmel", "version": 1, "decoder": libraries, "segments": segments,
                "refused": refused,
                "preset": JSONValue(encoding: settings.logMel),
            ])
        }
    }
}
