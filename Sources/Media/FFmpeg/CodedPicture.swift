import CFFmpeg

extension FFmpeg {
    /// What the packet of a picture says, before it is decoded, on how pictures depend on each other.
    struct CodedPicture: Equatable {
        /// Neither this picture nor any that follows in the file refers to one before it.
        var isClosedStart = false

        /// Other pictures may refer to it.
        var isReference = true

        /// It is shown, not only referred to.
        var isShown = true

        /// It carries parameters that pictures after it may need.
        var hasParameters = false
    }

    /// Reads the packets of the codecs whose dependencies can be told without decoding.
    ///
    /// These are H.264 (ITU-T H.264, 7.4.1: `nal_unit_type`, `nal_ref_idc`), HEVC (ITU-T H.265, 7.4.2.2), VP8
    /// (RFC 6386, 9.1), VP9 (bitstream specification, 6.2) and those in which each picture stands alone.
    struct PictureReader {
        private enum Syntax {
            case h264(NALUnits)
            case hevc(NALUnits, highestLayer: Int?)
            case vp8
            case vp9
            case standalone
        }

        private let syntax: Syntax

        /// A reader of the stream's packets; nil if its codec is none of those.
        init?(_ stream: Stream) {
            let parameters = stream.parameters
            let extradata = UnsafeRawBufferPointer(
                start: parameters.extradata, count: Int(max(0, parameters.extradata_size)))
            switch parameters.codec_id {
            case AV_CODEC_ID_H264: syntax = .h264(NALUnits(h264: extradata))
            case AV_CODEC_ID_HEVC:
                syntax = .hevc(
                    NALUnits(hevc: extradata), highestLayer: HEVCLayers.highest(in: extradata))
            case AV_CODEC_ID_VP8: syntax = .vp8
            case AV_CODEC_ID_VP9: syntax = .vp9
            default:
                let description = avcodec_descriptor_get(parameters.codec_id)?.pointee
                guard let description, description.props & AV_CODEC_PROP_INTRA_ONLY != 0 else {
                    return nil
                }
                syntax = .standalone
            }
        }

        /// What the packet says of its picture; nil if it cannot be told.
        func read(_ packet: borrowing Packet) -> CodedPicture? {
            let bytes = UnsafeRawBufferPointer(
                start: packet.pointer.pointee.data, count: Int(max(0, packet.pointer.pointee.size)))
            guard !bytes.isEmpty else { return nil }
            var picture: CodedPicture? =
                switch syntax {
                case .h264(let units): PictureReader.h264(bytes, units)
                case .hevc(let units, let layer): PictureReader.hevc(bytes, units, layer)
                case .vp8:
                    CodedPicture(isClosedStart: bytes[0] & 1 == 0, isShown: bytes[0] & 16 != 0)
                case .vp9: PictureReader.vp9(bytes)
                case .standalone: CodedPicture(isClosedStart: true, isReference: false)
                }
            if packet.hasNewParameters { picture?.hasParameters = true }
            return picture
        }

        private static func h264(
            _ bytes: UnsafeRawBufferPointer, _ units: NALUnits
        ) -> CodedPicture? {
            var picture = CodedPicture(isReference: false)
            var hasSlice = false
            let isWhole = units.forEach(in: bytes) { unit in
                let type = unit[0] & 31
                switch type {
                case 1, 5:
                    if !hasSlice { picture.isClosedStart = type == 5 }
                    if unit[0] & 0x60 != 0 { picture.isReference = true }
                    hasSlice = true
                case 2, 3, 4: return false  // Slices in partitions: rare, and decoded as they come.
                case 7, 8, 13, 15: picture.hasParameters = true
                default: break
                }
                return true
            }
            return isWhole && hasSlice ? picture : nil
        }

        private static func hevc(
            _ bytes: UnsafeRawBufferPointer, _ units: NALUnits, _ highestLayer: Int?
        ) -> CodedPicture? {
            var picture = CodedPicture(isReference: false)
            var hasSlice = false
            let isWhole = units.forEach(in: bytes) { unit in
                guard unit.count > 2 else { return false }
                let type = Int(unit[0] >> 1 & 63)
                if unit[0] & 1 != 0 || unit[1] >> 3 != 0 { return true }  // Another view or layer.
                switch type {
                case 0..<32:
                    if !hasSlice { picture.isClosedStart = type == 19 || type == 20 }
                    // "Sub-layer non-reference" pictures may be referred to from higher sub-layers.
                    let isLeaf = type < 16 && type % 2 == 0 && Int(unit[1] & 7) - 1 == highestLayer
                    if !isLeaf { picture.isReference = true }
                    hasSlice = true
                case 32...34:
                    picture.hasParameters = true
                    if type == 33, HEVCLayers.highest(ofSequence: unit) != highestLayer {
                        return false
                    }
                default: break
                }
                return true
            }
            return isWhole && hasSlice ? picture : nil
        }

        private static func vp9(_ bytes: UnsafeRawBufferPointer) -> CodedPicture? {
            guard bytes[0] >> 6 == 2 else { return nil }
            // Of a superframe, whose last byte marks it, the last picture is shown.
            let isSuperframe = bytes.last! & 0xe0 == 0xc0
            let hasReservedBit = bytes[0] & 0x30 == 0x30
            let flags = bytes[0] << (hasReservedBit ? 5 : 4)
            if flags & 0x80 != 0 { return CodedPicture() }
            return CodedPicture(
                isClosedStart: flags & 0x40 == 0, isShown: flags & 0x20 != 0 || isSuperframe)
        }
    }
}
