/// Reading and writing scalars of texts that are valid UTF-8.
enum UTF8Text {
    /// The scalar at a place, and the place after it.
    static func scalar(_ bytes: [UInt8], at place: Int) -> (value: UInt32, next: Int) {
        let first = UInt32(bytes[place])
        if first < 0x80 { return (first, place + 1) }
        func tail(_ i: Int) -> UInt32 { UInt32(bytes[place + i]) & 0x3F }
        if first < 0xE0 { return ((first & 0x1F) << 6 | tail(1), place + 2) }
        if first < 0xF0 { return ((first & 0xF) << 12 | tail(1) << 6 | tail(2), place + 3) }
        return ((first & 7) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), place + 4)
    }

    static func scalars(_ bytes: [UInt8]) -> [UInt32] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            let (value, next) = scalar(bytes, at: place)
            scalars.append(value)
            place = next
        }
        return scalars
    }

    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(scalar >> shift & 0x3F | 0x80) }
        switch scalar {
        case ..<0x80: bytes.append(UInt8(scalar))
        case ..<0x800: bytes += [UInt8(scalar >> 6 | 0xC0), tail(0)]
        case ..<0x10000: bytes += [UInt8(scalar >> 12 | 0xE0), tail(6), tail(0)]
        default: bytes += [UInt8(scalar >> 18 | 0xF0), tail(12), tail(6), tail(0)]
        }
    }

    /// Appends a scalar's lower case, which does not depend on what stands beside it.
    static func appendLowercase(_ scalar: UInt32, to bytes: inout [UInt8]) {
        if scalar < 0x80 {
            bytes.append(UInt8(0x41...0x5A ~= scalar ? scalar + 0x20 : scalar))
        } else if let character = Unicode.Scalar(scalar),
            character.properties.changesWhenLowercased
        {
            bytes += Array(character.properties.lowercaseMapping.utf8)
        } else {
            append(scalar, to: &bytes)
        }
    }
}
