import Media
import Models
import Storage
import Testing

@testable import Pipeline

@Suite struct WindowNormalisationTests {
    /// AST's own, as its feature extractor has it: (x − mean) / (2 · deviation).
    private let own = SpectrogramNormalisation(mean: -4.2677393, deviation: 2 * 4.5689974)

    @Test func whatTheBackboneDoesAgainIsUndone() throws {
        let preset = WindowNormalisation(LogMelPreset.ast.normalisation)
        let undone = try #require(try preset.undone(for: own, "ast"))
        #expect(abs(undone.mean - own.mean) < 1e-5 && abs(undone.deviation - own.deviation) < 1e-5)
    }

    @Test func windowsAsTheyAreAreLeftToTheBackbone() throws {
        #expect(try WindowNormalisation(NormalisationSettings()).undone(for: own, "ast") == nil)
        #expect(
            try WindowNormalisation(LogMelPreset.ast.normalisation).undone(for: nil, "vit") == nil)
    }

    @Test(arguments: [
        NormalisationSettings(.sigma, mean: -4.2677393, deviation: 4.5689974),
        .init(.twoSigma, mean: -5, deviation: 4.5689974), .init(.window, deviation: 1e-9),
    ])
    func otherConstantsAreRefused(_ settings: NormalisationSettings) {
        let error = #expect(throws: Encoding.RequestError.self) {
            try WindowNormalisation(settings).undone(for: own, "ast")
        }
        #expect(error?.description.contains("backbone ast goes by (x − -4.2677393)") == true)
    }

    /// The recipe says the same as the settings that made it.
    @Test(arguments: [LogMelPreset.ast.normalisation, .init(.sigma, mean: 1, deviation: 3)])
    func recipesTellTheSame(_ settings: NormalisationSettings) throws {
        let recipe = Recipe(["preset": ["normalisation": JSONValue(encoding: settings)]])
        #expect(WindowNormalisation(recipe) == WindowNormalisation(settings))
    }
}
