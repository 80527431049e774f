/// The cyclic redundancy check of Castagnoli's polynomial, 0x1EDC6F41.
///
/// Source: Castagnoli, Bräuer, Herrmann, *Optimization of Cyclic Redundancy-Check Codes with 24 and 32
/// Parity Bits*, 1993; RFC 3720, section 12.1 and appendix B.4.
enum CRC32C {
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in
            (crc >> 8) ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
        }
    }

    /// A checksum as records carry it, so that one of data that hold checksums themselves is no weaker.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let crc = checksum(bytes)
        return ((crc >> 15) | (crc << 17)) &+ 0xA282_EAD8
    }

    /// What each value of the lowest byte adds to the rest; bits are reflected.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in
            crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1
        }
    }
}
