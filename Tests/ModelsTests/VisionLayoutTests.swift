import Models
import TestSupport
import Testing

/// Which inputs a backbone reads, and what its states are.
@Suite struct VisionLayoutTests {
    @Test(arguments: [
        ("deit", 32, 40, StateLayout(specials: 2, rows: 4, columns: 5, width: 32)),
        ("dinov2-registers-odd", 9, 26, StateLayout(specials: 4, rows: 1, columns: 2, width: 33)),
        ("clip-vision", 15, 33, StateLayout(specials: 1, rows: 1, columns: 4, width: 32)),
        ("siglip-odd", 38, 38, StateLayout(specials: 0, rows: 4, columns: 4, width: 33)),
        ("timm-siglip", 36, 36, StateLayout(specials: 0, rows: 4, columns: 4, width: 24)),
        ("timm-gap", 8, 64, StateLayout(specials: 4, rows: 1, columns: 8, width: 32)),
    ])
    func picturesOfAnySizeWithAPatchAreRead(
        folder: String, height: Int, width: Int, expected: StateLayout
    ) throws {
        let model = try BackboneCatalog.load(Reference.path(folder)).model
        let found = try model.layout(ofLayer: 0, for: .picture(height: height, width: width))
        #expect(found == expected)
    }

    @Test(arguments: [
        (
            "deit", BackboneInput.Size.picture(height: 7, width: 40),
            "cannot encode frames of 40×7: a patch of the backbone has 8×8"
        ),
        (
            "timm-siglip", .picture(height: 36, width: 40),
            "cannot encode frames of 40×36: the backbone reads 36×36 or multiples of 8; "
                + "extract them with --size 36"
        ),
        (
            "ast", .spectrogram(frames: 63, bands: 32),
            "cannot encode windows of 63 frames × 32 bands: the backbone reads 64 frames × 32 bands"
        ),
        (
            "ast", .spectrogram(frames: 64, bands: 15),
            "cannot encode windows of 64 frames × 15 bands: the backbone reads 64 frames × 32 bands"
        ),
        (
            "vit-hf", .text(tokens: 3),
            "cannot encode text: the backbone reads pictures and spectrograms"
        ),
    ])
    func sizesThatTheReferenceRefusesAreNamed(
        folder: String, size: BackboneInput.Size, reason: String
    ) {
        let error = #expect(throws: BackboneError.self) {
            let kind: BackboneInput.Kind = folder == "ast" ? .spectrograms : .pictures
            let backbone = try BackboneCatalog.load(Reference.path(folder), reading: kind)
            _ = try backbone.model.layout(ofLayer: 0, for: size)
        }
        #expect(error?.description == reason)
    }

    @Test(arguments: [
        ("deit", BackboneInput.Kind.spectrograms, "it does not read spectrograms, but pictures"),
        ("ast", .pictures, "it does not read pictures, but spectrograms"),
        ("siglip", .texts, "it does not read texts, but pictures"),
    ])
    func kindsThatAreNotReadAreNamed(folder: String, kind: BackboneInput.Kind, reason: String) {
        let error = #expect(throws: BackboneError.self) {
            try BackboneCatalog.load(Reference.path(folder), reading: kind)
        }
        #expect(error?.reason == reason)
    }

    @Test(arguments: [
        ("deit", 0 as Int?), ("dinov2-registers", 0), ("siglip", nil), ("timm-gap", nil),
        ("timm-deit", 0),
    ])
    func theClassTokenIsFoundWhereThereIsOne(folder: String, row: Int?) throws {
        let model = try BackboneCatalog.load(Reference.path(folder)).model
        #expect(model.classRow(of: .picture(rgb: [], height: 0, width: 0)) == row)
    }

    @Test func normalisationOfASpectrogramIsTold() throws {
        let model = try BackboneCatalog.load(Reference.path("ast"), reading: .spectrograms).model
        let normalisation = try #require(model.spectrogramNormalisation)
        #expect(normalisation.mean == -4.2677393 && normalisation.deviation == 2 * 4.5689974)
        #expect(try BackboneCatalog.load("builtin:tiny").model.spectrogramNormalisation == nil)
    }
}
