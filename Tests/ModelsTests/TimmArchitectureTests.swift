import Testing

@testable import Models

/// Names of timm against what its functions of these names say.
@Suite struct TimmArchitectureTests {
    @Test(arguments: [
        ("vit_tiny_patch16_224", 192, 12, 3, 768, 16),
        ("vit_small_patch32_384", 384, 12, 6, 1536, 32),
        ("vit_base_patch16_gap_224", 768, 12, 16, 3072, 16),
        ("vit_base_patch16_plus_clip_240", 896, 12, 14, 3584, 16),
        ("vit_little_patch16_reg4_gap_256", 320, 14, 5, 1792, 16),
        ("vit_so150m_patch16_reg4_gap_256", 896, 18, 14, 2304, 16),
        ("vit_so150m2_patch16_reg1_gap_256", 832, 21, 13, 2176, 16),
        ("vit_so400m_patch14_siglip_384", 1152, 27, 16, 4304, 14),
        ("vit_giant_patch14_clip_224", 1408, 40, 16, 6144, 14),
        ("vit_giant_patch14_reg4_dinov2", 1536, 40, 24, 8192, 14),
        ("vit_gigantic_patch14_clip_224", 1664, 48, 16, 8192, 14),
        ("vit_giantopt_patch16_siglip_256", 1536, 40, 16, 6144, 16),
        ("deit3_huge_patch14_224", 1280, 32, 16, 5120, 14),
    ])
    func sizesAreThoseOfTheName(
        name: String, width: Int, depth: Int, heads: Int, hidden: Int, patch: Int
    ) throws {
        let found = try #require(TimmArchitecture(name))
        #expect(found.width == width && found.depth == depth && found.heads == heads)
        #expect(Int(Double(width) * found.hiddenRatio) == hidden && found.patchSize == patch)
    }

    @Test(arguments: [
        ("vit_base_patch16_224", true, 0, false, VisionTransformer.Activation.gelu),
        ("vit_base_patch16_clip_quickgelu_224", true, 0, true, .quickGELU),
        ("vit_large_patch14_clip_336", true, 0, true, .gelu),
        ("vit_base_patch14_reg4_dinov2", true, 4, false, .gelu),
        ("vit_giant_patch14_dinov2", true, 0, false, .gatedSiLU),
        ("vit_base_patch16_siglip_512", false, 0, false, .gelu),
        ("vit_large_patch16_siglip_gap_512", false, 0, false, .geluTanh),
        ("vit_base_patch32_siglip_256", false, 0, false, .geluTanh),
        ("vit_so400m_patch14_siglip_gap_896", false, 0, false, .gelu),
        ("vit_medium_patch16_reg1_gap_256", false, 1, false, .gelu),
    ])
    func variantsAreThoseOfTheName(
        name: String, hasClassToken: Bool, registers: Int, hasEntryNorm: Bool,
        activation: VisionTransformer.Activation
    ) throws {
        let found = try #require(TimmArchitecture(name))
        #expect(found.hasClassToken == hasClassToken && found.registers == registers)
        #expect(found.hasEntryNorm == hasEntryNorm && found.activation == activation)
        #expect(found.epsilon == (hasEntryNorm ? 1e-5 : 1e-6))
    }

    /// Other blocks, attentions and norms, which have tensors of the same names, or other resizing.
    @Test(arguments: [
        "vit_base_patch16_rpn_224", "vit_base_patch16_xp_224", "vit_small_patch16_18x2_224",
        "vit_dwee_patch16_reg1_gap_256", "vit_pwee_patch16_reg1_gap_256", "vit_base_r50_s16_224",
        "vit_large_patch16_radio_v3", "vit_relpos_base_patch16_224", "vit_base_mci_224",
        "vit_base", "vit", "", "swin_base_patch4_window7_224", "deit_base_distilled",
    ])
    func otherArchitecturesAreUnknown(name: String) {
        #expect(TimmArchitecture(name) == nil)
    }
}
