import Foundation
import TestSupport
import Testing

@testable import Models

/// What preprocessors say is done to bytes, against the formula.
@Suite struct PixelNormalisationTests {
    private func tables(_ json: String) throws -> [[Float]] {
        let folder = try TemporaryFolder()
        try Data(json.utf8).write(to: URL(filePath: "\(folder.path)/preprocessor_config.json"))
        let file = try CheckpointConfiguration("preprocessor_config.json", in: folder.path)
        return try PixelNormalisation(#require(file)).tables
    }

    private static let statistics = #""image_mean": [0.5, 0.25, 0], "image_std": [0.5, 0.5, 2]"#

    private static let cases: [(json: String, factor: Float, isNormalised: Bool)] = [
        ("{\(statistics)}", 1 / 255, true),
        (#"{"do_rescale": true, "rescale_factor": 0.01, \#(statistics)}"#, 0.01, true),
        (#"{"do_rescale": false, "rescale_factor": 0.01, \#(statistics)}"#, 1, true),
        (#"{"do_normalize": false, \#(statistics)}"#, 1 / 255, false),
        (#"{"do_normalize": false, "do_rescale": false}"#, 1, false),
    ]

    @Test(arguments: cases)
    func bytesBecomeWhatThePreprocessorSays(
        json: String, factor: Float, isNormalised: Bool
    ) throws {
        let found = try tables(json)
        let mean: [Float] = isNormalised ? [0.5, 0.25, 0] : [0, 0, 0]
        let deviation: [Float] = isNormalised ? [0.5, 0.5, 2] : [1, 1, 1]
        for channel in 0..<3 {
            for byte in [0, 1, 127, 255] {
                let expected = (Float(byte) * factor - mean[channel]) / deviation[channel]
                #expect(abs(found[channel][byte] - expected) < 1e-5)
            }
        }
    }
}
