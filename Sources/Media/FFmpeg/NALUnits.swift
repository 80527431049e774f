/// Where the units lie of which H.264 and HEVC packets consist.
struct NALUnits {
    /// Bytes of the length before each unit; nil where start codes part them (Annex B of both standards).
    let lengthSize: Int?

    /// Reads an `avcC` record (ISO/IEC 14496-15, 5.3.3.1), if it is one.
    init(h264 extradata: UnsafeRawBufferPointer) {
        let isRecord = extradata.count >= 7 && extradata[0] == 1
        lengthSize = isRecord ? Int(extradata[4] & 3) + 1 : nil
    }

    /// Reads an `hvcC` record (ISO/IEC 14496-15, 8.3.3.1), if it is one.
    init(hevc extradata: UnsafeRawBufferPointer) {
        let isRecord = extradata.count >= 23 && !extradata.starts(with: [0, 0])
        lengthSize = isRecord ? Int(extradata[21] & 3) + 1 : nil
    }

    /// Hands over each unit, of at least one byte, until one is refused.
    ///
    /// - Returns: Whether the packet consists of whole units, none of which was refused.
    func forEach(
        in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        guard let lengthSize else { return Self.forEachAfterStartCode(in: bytes, body) }
        var offset = 0
        while offset < bytes.count {
            guard offset + lengthSize < bytes.count else { return false }
            let length = bytes[offset..<(offset + lengthSize)].reduce(0) { $0 << 8 | Int($1) }
            offset += lengthSize
            guard length > 0, length <= bytes.count - offset else { return false }
            guard body(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])) else {
                return false
            }
            offset += length
        }
        return true
    }

    private static func forEachAfterStartCode(
        in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        guard var start = afterStartCode(in: bytes, from: 0) else { return false }
        while start < bytes.count {
            let next = afterStartCode(in: bytes, from: start)
            let end = next.map { $0 - 3 } ?? bytes.count
            if end > start,
                !body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            {
                return false
            }
            start = next ?? bytes.count
        }
        return true
    }

    /// The first place from `start` on that follows the bytes 0, 0, 1.
    private static func afterStartCode(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var i = start + 2
        while i < bytes.count {
            switch bytes[i] {
            case 0: i += 1
            case 1 where bytes[i - 1] == 0 && bytes[i - 2] == 0: return i + 1
            default: i += 3
            }
        }
        return nil
    }
}

/// The temporal sub-layers of an HEVC stream.
enum HEVCLayers {
    /// `sps_max_sub_layers_minus1` of the sequence parameter set in a stream's extradata, the same in all of them.
    static func highest(in extradata: UnsafeRawBufferPointer) -> Int? {
        var layers: Set<Int?> = []
        func note(_ unit: UnsafeRawBufferPointer) {
            if unit.count > 2, unit[0] >> 1 & 63 == 33 { layers.insert(highest(ofSequence: unit)) }
        }
        if NALUnits(hevc: extradata).lengthSize == nil {
            _ = NALUnits(hevc: extradata).forEach(in: extradata) { unit in
                note(unit)
                return true
            }
        } else {
            forEachUnit(ofRecord: extradata, note)
        }
        return layers.count == 1 ? layers.first! : nil
    }

    /// `sps_max_sub_layers_minus1` (ITU-T H.265, 7.3.2.2.1).
    static func highest(ofSequence unit: UnsafeRawBufferPointer) -> Int? {
        unit.count > 2 ? Int(unit[2] >> 1 & 7) : nil
    }

    /// Hands over the parameter sets of an `hvcC` record, as far as they are whole.
    private static func forEachUnit(
        ofRecord record: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        var offset = 23
        for _ in 0..<Int(record[22]) {
            guard offset + 3 <= record.count else { return }
            let count = Int(record[offset + 1]) << 8 | Int(record[offset + 2])
            offset += 3
            for _ in 0..<count {
                guard offset + 2 <= record.count else { return }
                let length = Int(record[offset]) << 8 | Int(record[offset + 1])
                offset += 2
                guard offset + length <= record.count else { return }
                body(UnsafeRawBufferPointer(rebasing: record[offset..<(offset + length)]))
                offset += length
            }
        }
    }
}
