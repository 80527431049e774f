/// A feature that is computed from media files.
enum ExtractedFeature: String, Sendable, CaseIterable {
    case frames
    case logMel = "logmel"
}
