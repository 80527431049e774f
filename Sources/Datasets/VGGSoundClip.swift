/// A clip of VGGSound, however its name is spelled.
///
/// Two spellings are in use, `<YouTube id>_<start, six digits, s>` and
/// `<YouTube id>_<start, ms>_<end, ms>`, with or without an extension; `x_000300` and `x_300000_310000`
/// are one clip. A YouTube id has eleven characters, underscores among them.
struct VGGSoundClip: Hashable {
    let video: String

    /// Seconds of the video at which the clip begins.
    let start: Int

    init(video: String, start: Int) {
        self.video = video
        self.start = start
    }

    /// The clip that a name denotes; nil if it is in neither spelling, or not in whole seconds.
    init?(name: String) {
        let stem = name.dropLast(DatasetManifest.mediaExtension(of: name).map { $0.count + 1 } ?? 0)
        let bytes = Array(stem.utf8)
        guard bytes.count > 12, bytes[11] == UInt8(ascii: "_"),
            Self.isVideo(String(decoding: bytes[..<11], as: UTF8.self))
        else { return nil }
        let times = bytes[12...].split(
            separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for time in times {
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard time.allSatisfy(digits.contains),
                let number = Int(String(decoding: time, as: UTF8.self))
            else { return nil }
            numbers.append(number)
        }
        video = String(decoding: bytes[..<11], as: UTF8.self)
        switch numbers.count {
        case 1 where times[0].count >= 6: start = numbers[0]
        case 2 where numbers[0] < numbers[1] && numbers[0].isMultiple(of: 1000):
            start = numbers[0] / 1000
        default: return nil
        }
    }

    /// Whether a text is a YouTube id.
    static func isVideo(_ text: String) -> Bool {
        text.utf8.count == 11
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private var digits: String {
        String(repeating: "0", count: max(0, 6 - String(start).count)) + String(start)
    }

    /// The spelling with six digits.
    var id: String { "\(video)_\(digits)" }

    /// The spelling in milliseconds, of a clip of ten seconds.
    var idInMilliseconds: String { "\(video)_\(start * 1000)_\((start + 10) * 1000)" }
}
