import Media
import Storage

extension MediaSummary {
    func json(_ file: String) -> JSONValue {
        var fields: [String: JSONValue] = [
            "type": "item", "file": .string(file), "container": .string(container),
            "streams": .array(
                streams.map { stream in
                    var fields: [String: JSONValue] = [
                        "kind": .string(stream.kind.rawValue), "codec": .string(stream.codec),
                        "decodable": .bool(stream.isDecodable),
                    ]
                    if let start = stream.start { fields["start"] = .number(start) }
                    if stream.kind == .video {
                        fields["width"] = .number(Double(stream.size.width))
                        fields["height"] = .number(Double(stream.size.height))
                        fields["rotation"] = .number(Double(stream.orientation.clockwiseDegrees))
                        fields["mirrored"] = .bool(stream.orientation.isMirrored)
                    }
                    if stream.kind == .audio {
                        fields["rate"] = .number(Double(stream.sampleRate))
                        fields["channels"] = .number(Double(stream.channels))
                    }
                    return .object(fields)
                }),
        ]
        if let duration { fields["duration"] = .number(duration) }
        return .object(fields)
    }

    /// A line for the container and one for each stream.
    var text: String {
        let length = duration.map { "\($0.formatted(digits: 3)) s stated" } ?? "no length stated"
        var lines = ["\(container), \(length)"]
        for (index, stream) in streams.enumerated() {
            var words = ["\(stream.kind.rawValue) \(stream.codec)"]
            if stream.kind == .video {
                words.append("\(stream.size.width)×\(stream.size.height)")
                words += stream.pixelFormat.map { [$0] } ?? []
                let degrees = stream.orientation.clockwiseDegrees
                if degrees != 0 { words.append("turned \(degrees)° clockwise") }
                if stream.orientation.isMirrored { words.append("mirrored") }
            }
            if stream.kind == .audio {
                words.append("\(stream.sampleRate) Hz, \(stream.channels) channels")
            }
            if let start = stream.start { words.append("from \(start.formatted(digits: 3)) s") }
            if !stream.isDecodable { words.append("no decoder") }
            let mark = index == videoIndex || index == audioIndex ? "*" : " "
            lines.append("\(mark) \(index): \(words.joined(separator: ", "))")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
