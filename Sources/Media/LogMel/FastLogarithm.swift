/// ln x of eight positive, normal numbers at once.
///
/// x = m · 2ᵉ with m between √½ and √2; ln m = 2 artanh s, s = (m − 1) / (m + 1), |s| < 0.172, of whose series
/// s + s³/3 + s⁵/5 + s⁷/7 + s⁹/9 the next term is 2e-9. The result is within 2e-7 of itself.
func naturalLogarithm(_ x: SIMD8<Float>) -> SIMD8<Float> {
    // Bits of √½: what is above them is the exponent of the scaled number.
    let root = SIMD8<UInt32>(repeating: 0x3f35_04f3)
    let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self) &- root
    let mantissa = unsafeBitCast((bits & 0x007f_ffff) &+ root, to: SIMD8<Float>.self)
    // An integer below 2²³ in the low bits of 2²³ is that number: conversions of vectors are slow.
    let biased = unsafeBitCast(
        ((bits &+ 0x4000_0000) &>> 23) | 0x4b00_0000, to: SIMD8<Float>.self)
    let exponent = biased - 8_388_736
    let s = (mantissa - 1) / (mantissa + 1)
    let square = s * s
    var series = square * (1 / 9 as Float) + (1 / 7 as Float)
    series = series * square + (1 / 5 as Float)
    series = series * square + (1 / 3 as Float)
    let small = 2 * (s + s * square * series)
    // ln 2 in two parts, the first of which times any exponent is exact.
    return exponent * 0.693359375 + (small - exponent * 2.12194440e-4)
}
