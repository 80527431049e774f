/// Packets of one stream that wait to be decoded, or left out, in order of decoding.
struct PacketQueue {
    private final class Content {
        let packet = FFmpeg.Packet()
    }

    private var contents: [Content] = []
    private var byteCount = 0
    private var greatest = -Double.infinity

    private(set) var entries: [DecodingPlan.Entry] = []
    private(set) var ticks: [Int64] = []

    /// Number of shown packets that lie beyond all that is wanted.
    private(set) var furtherCount = 0

    /// The greatest time of the packets that were here before the present ones.
    private(set) var greatestEarlier = -Double.infinity

    /// The queue holds as much as it may.
    var isFull: Bool { byteCount > 16_000_000 || contents.count >= 20_000 }

    /// Hands a packet to a decoder.
    func send(_ index: Int, to decoder: borrowing FFmpeg.Decoder) -> String? {
        decoder.send(contents[index].packet)
    }

    /// Takes over the content of a packet.
    mutating func append(
        _ packet: borrowing FFmpeg.Packet, _ entry: DecodingPlan.Entry, _ ticks: Int64,
        isFurther: Bool
    ) {
        byteCount += packet.byteCount
        let content = Content()
        content.packet.take(from: packet)
        contents.append(content)
        entries.append(entry)
        self.ticks.append(ticks)
        if isFurther, entry.isShown { furtherCount += 1 }
        greatest = max(greatest, entry.time)
    }

    mutating func removeAll() {
        contents.removeAll()
        entries.removeAll()
        ticks.removeAll()
        byteCount = 0
        greatestEarlier = greatest
    }
}
