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
        // Outcomes are looked for in all that is taken, so that counts as well where any is refused.
        let refusedIn = JSONValue.array(
            settings.refused.isEmpty
                ? [] : settings.orderedFeatures.map { .string($0.rawValue) })
        // A library that has no part in a feature must not make it stale.
        let others = feature == .frames ? ["libswresample"] : ["libswscale"]
        let libraries = JSONValue(
            encoding: MediaLibraries.versions.filter { !others.contains($0.key) })
        switch feature {
        case .frames:
            return Recipe([
                "kind": "frames", "version": 1, "decoder": libraries, "segments": segments,
                "refused": refused, "refusedIn": refusedIn,
                "sampling": JSONValue(encoding: settings.sampling),
                "picture": JSONValue(encoding: settings.picture),
            ])
        case .logMel:
            return Recipe([
                "kind": "logmel", "version": 1, "decoder": libraries, "segments": segments,
                "refused": refused, "refusedIn": refusedIn,
                "preset": JSONValue(encoding: settings.logMel),
            ])
        }
    }
}
