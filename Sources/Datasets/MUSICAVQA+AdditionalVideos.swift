extension MUSICAVQA {
    /// The YouTube videos of version 2.0, and which part of them a clip is.
    ///
    /// On disk: `video_id,start_time,duration,suffix,has_flip` without quoting; times are `m:ss`, a
    /// clip is called `<video_id><suffix>`, and `_flip` is appended for its mirrored copy.
    struct AdditionalVideos {
        struct Video {
            /// Seconds of the YouTube video.
            let start: Int
            let duration: Int
        }

        let path: String
        private var videos: [String: Video] = [:]

        subscript(clip: String) -> Video? { videos[clip] }

        /// Reads the list that a manifest names; nil if it names none, or there is none.
        init?(_ manifest: DatasetManifest, root: String) throws(AnnotationError) {
            guard let name = manifest.files["videos"],
                let file = try AnnotationFile.find(name, below: root)
            else { return nil }
            path = file.path
            for line in file.lines {
                let fields = line.text.split(separator: ",", omittingEmptySubsequences: false)
                guard fields.count == 5 else {
                    throw file.error(line, "\(fields.count) fields where 5 belong")
                }
                if line.number == 1, fields[0] == "video_id" { continue }
                guard let start = Self.seconds(fields[1]), let duration = Self.seconds(fields[2])
                else {
                    throw file.error(
                        line, "start_time '\(fields[1])' and duration '\(fields[2])' are not m:ss")
                }
                let clip = String(fields[0] + fields[3])
                videos[clip] = Video(start: start, duration: duration)
                if fields[4] == "Y" { videos[clip + "_flip"] = videos[clip] }
            }
        }

        private static func seconds(_ time: Substring) -> Int? {
            let parts = time.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard 2...3 ~= parts.count, parts.allSatisfy({ 0...9_999 ~= $0 ?? -1 }) else {
                return nil
            }
            return parts.reduce(0) { $0 * 60 + ($1 ?? 0) }
        }
    }
}
