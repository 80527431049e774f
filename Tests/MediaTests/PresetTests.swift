import Media
import Testing

@Suite("Log-mel presets")
struct PresetTests {
    @Test(arguments: LogMelPreset.all.map(\.name))
    func valuesAgreeWithThePublishedCodeInDoublePrecision(_ name: String) throws {
        let preset = try #require(LogMelPreset.named(name))
        let deviation = try #require(try PresetReference(preset).deviation(of: preset))
        #expect(deviation.count > 1000)
        #expect(deviation.exact < 1e-4)
        #expect(deviation.published < 2e-4)
        // Even single precision rarely deviates by so much.
        #expect(10 * deviation.rounded < deviation.count)
    }

    @Test func kaldiAgreesWithASecondImplementation() throws {
        let reference = try PresetReference(.kaldi, table: "kaldi-native-fbank")
        let deviation = try #require(reference.deviation(of: .kaldi))
        #expect(deviation.exact < 1e-4 && deviation.published < 2e-4)
        #expect(10 * deviation.rounded < deviation.count)
    }

    @Test(arguments: LogMelPreset.all.map(\.name))
    func anyChangedConstantIsNoticed(_ name: String) throws {
        let preset = try #require(LogMelPreset.named(name))
        let reference = try PresetReference(preset)
        for change in try PresetChange.all(of: preset) {
            let isNoticed = try change.isNoticed(by: reference)
            #expect(isNoticed, "\(change.field) became \(change.value)")
        }
    }
}
