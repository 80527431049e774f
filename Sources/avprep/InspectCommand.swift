import ArgumentParser
import Media
import Storage

/// `avprep inspect`: what a media file, or a cache, says of itself.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Print what is in a media file, or in a cache.",
        discussion: "Streams that clips are taken from are marked with *.")

    @Argument(help: "A media file.")
    var file: String?

    @Option(help: ArgumentHelp("Folder of a cache, in place of a file.", valueName: "folder"))
    var cache: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (file == nil) != (cache == nil) else {
            throw ValidationError("Name a media file, or a cache with --cache.")
        }
    }

    func run() throws {
        if let file {
            let summary = try MediaFile.summary(of: file)
            output.console.print([summary.json(file)]) { summary.text }
        }
        if let cache {
            let cache = try Cache(opening: cache)
            for name in cache.featureNames() { try show(cache.feature(name)) }
        }
    }

    private func show(_ feature: Feature) throws {
        let shards = try feature.index().shards
        let arrays = shards.first?.arrays ?? []
        let item: JSONValue = [
            "type": "item", "feature": .string(feature.name),
            "shards": .number(Double(shards.count)),
            "rows": .number(Double(shards.map(\.clips.count).reduce(0, +))),
            "arrays": .array(
                arrays.map { array in
                    [
                        "name": .string(array.name), "type": .string("\(array.type)"),
                        "shape": .array(array.shape.map { .number(Double($0)) }),
                    ]
                }),
            "recipe": try feature.recipe()?.fields ?? [:],
        ]
        let recipe = try feature.recipe()?.fields.text ?? ""
        output.console.print([item]) {
            let lines = arrays.map { "  /\($0.name) \($0.type) \($0.shape)\n" }.joined()
            return "\(feature.name): \(shards.count) shards\n\(lines)  \(recipe)\n"
        }
    }
}

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
