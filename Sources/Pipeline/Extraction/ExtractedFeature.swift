/// A feature that is computed from media files.
public enum ExtractedFeature: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case frames
    case logMel = "logmel"
}
