import Media
import Models
import Storage

/// How the log-mel windows of a cache were normalised when they were extracted.
///
/// A backbone that normalises its input would do so twice. Where both do the same, what extraction did is undone as windows
/// are read; where they differ, nothing good can come of it.
struct WindowNormalisation: Equatable {
    /// Value = (logmel − mean) / deviation; nil where each window went by its own mean.
    let applied: SpectrogramNormalisation?

    /// Nothing was done.
    static let none = WindowNormalisation(
        applied: SpectrogramNormalisation(mean: 0, deviation: 1))

    init(applied: SpectrogramNormalisation?) { self.applied = applied }

    /// As the settings of an extraction say.
    init(_ settings: NormalisationSettings) {
        self.init(kind: settings.kind, mean: settings.mean, deviation: settings.deviation)
    }

    /// As the recipe of log-mel windows says; ``none`` if it says nothing.
    init(_ recipe: Recipe) {
        guard
            case .object(let preset)? = recipe["preset"],
            case .object(let settings)? = preset["normalisation"],
            case .string(let name)? = settings["kind"],
            let kind = NormalisationSettings.Kind(rawValue: name),
            case .number(let mean)? = settings["mean"],
            case .number(let deviation)? = settings["deviation"]
        else {
            self = .none
            return
        }
        self.init(kind: kind, mean: mean, deviation: deviation)
    }

    private init(kind: NormalisationSettings.Kind, mean: Double, deviation: Double) {
        switch kind {
        case .none: self = .none
        case .sigma: applied = .init(mean: Float(mean), deviation: Float(deviation))
        case .twoSigma: applied = .init(mean: Float(mean), deviation: Float(2 * deviation))
        case .window: applied = nil
        }
    }

    /// What is to be undone before a backbone reads the windows; nil if nothing is.
    ///
    /// - Parameters:
    ///   - own: What the backbone does itself; nil if it takes windows as they are.
    ///   - name: That of the backbone.
    /// - Returns: What extraction did, if the backbone does the same.
    /// - Throws: ``Encoding/RequestError`` if extraction did something else than the backbone.
    func undone(
        for own: SpectrogramNormalisation?, _ name: String
    ) throws(Encoding.RequestError) -> SpectrogramNormalisation? {
        guard let own, self != .none else { return nil }
        guard let applied, Self.isClose(applied.mean, own.mean),
            Self.isClose(applied.deviation, own.deviation)
        else {
            let done =
                applied.map { "(x − \($0.mean)) / \($0.deviation)" } ?? "each window's own mean"
            throw Encoding.RequestError(
                description:
                    "cannot encode the log-mel windows: they were normalised by \(done), and "
                    + "backbone \(name) goes by (x − \(own.mean)) / \(own.deviation); extract them "
                    + "with its constants or none")
        }
        return applied
    }

    private static func isClose(_ x: Float, _ y: Float) -> Bool {
        abs(x - y) <= 1e-4 * max(abs(x), abs(y))
    }
}
