extension LogMelPreset {
    /// All presets, in order of their names.
    public static let all: [LogMelPreset] = [
        ast, astESC50, astSpeechCommands, astWhole, avsBench, cavMAE, clap, clapRandTrunc,
        dgsctWave, htk, htsat, kaldi, lavishAVQA, lavishAVS, lavishAVSSecond, lavishSwin,
        lavishViT, musicAVQAVGGish, slaney, stgcmaAVEClip, stgcmaAVESwin, stgcmaAVQA, stgcmaAVS,
        valor, vggish, vggSound, whisper128, whisper80,
    ].sorted { $0.name < $1.name }

    /// The preset of a name; nil if there is none.
    public static func named(_ name: String) -> LogMelPreset? {
        all.first { $0.name == name }
    }
}
