import Models
import Neural
import Testing

/// Token states of plain vision and audio transformers against those that their own libraries
/// compute.
@Suite struct BackboneParityTests {
    private static let folders = [
        "vit-wrapped", "deit", "deit-odd", "dinov2", "dinov2-swiglu", "dinov2-registers",
        "dinov2-registers-odd", "clip-vision", "clip-vision-odd", "siglip", "siglip-odd",
        "timm-vit", "timm-dinov2", "timm-swiglu", "timm-clip", "timm-gelu-clip", "timm-siglip",
        "timm-siglip-tanh", "timm-gap", "timm-wide", "timm-deit", "timm-deit3",
    ]

    /// Those without states of pictures of another size.
    private static let ofOneSize: Set = ["timm-gelu-clip", "timm-siglip-tanh"]

    static let cases: [ParityCase] =
        folders.map { ParityCase(folder: $0, file: "vision-states") }
        + folders.filter { !ofOneSize.contains($0) }.map {
            ParityCase(folder: $0, file: "vision-states", prefix: "resized_")
        }
        + ["ast", "ast-odd"].map {
            ParityCase(folder: $0, file: "vision-states", kind: .spectrograms)
        }
        + ["vit-hf", "vit-hf-odd", "vit-timm", "vit-timm-odd"].flatMap {
            [
                ParityCase(folder: $0, file: "vit-states"),
                ParityCase(folder: $0, file: "vit-states", prefix: "audio_", kind: .spectrograms),
            ]
        }
        + [
            ParityCase(folder: "builtin:tiny", file: "tiny-states"),
            ParityCase(folder: "builtin:tiny", file: "tiny-states", prefix: "resized_"),
            ParityCase(
                folder: "builtin:tiny", file: "tiny-states", prefix: "audio_", kind: .spectrograms),
        ]

    @Test(arguments: cases) func statesAreThoseOfTheReference(_ parity: ParityCase) throws {
        try parity.expectStates(within: 1e-4)
    }

    @Test(arguments: cases) func statesInBF16AreNearTheReference(_ parity: ParityCase) throws {
        try parity.expectStates(.bf16, within: 2e-2)
    }

    @Test(arguments: cases) func statesInInt8PointTheSameWay(_ parity: ParityCase) throws {
        try parity.expectCosine(.int8, atLeast: 0.999)
    }

    /// Of another size where there is one, so that positions have to be found anew.
    @Test(arguments: cases) func statesDoNotDependOnWhatAWorkerDidBefore(
        _ parity: ParityCase
    ) throws {
        let others = Self.cases.filter { $0.folder == parity.folder && $0.kind == parity.kind }
        try parity.expectTheSameAfterOthers(others.flatMap { try $0.inputs() })
    }
}
