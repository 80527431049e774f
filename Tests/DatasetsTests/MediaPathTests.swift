import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct MediaPathTests: ~Copyable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func manifest(_ media: String) throws -> DatasetManifest {
        try DatasetManifest(
            decoding: "{name: x, reader: AVE, segments: 1, segmentDuration: 1, media: \(media)}",
            from: "x.yaml")
    }

    private func path(_ media: String, of id: String, _ names: [String: String] = [:]) throws
        -> String
    {
        let path = try manifest(media).mediaPath(of: id, root: folder.path, names)
        return String(path.dropFirst(folder.path.utf8.count + 1))
    }

    @Test func firstFileThatExistsCounts() throws {
        try folder.write("b/x.mp4")
        try folder.write("a/y.mkv")
        try folder.write("b/y.mp4")
        try folder.write("b/z.MP4")
        try folder.write("b/w.mp4/inside")
        try folder.write("b/w.webm")
        try folder.link("b/v.mp4", to: "x.mp4")
        let media = "[\"a/{id}.mp4\", \"b/{id}.mp4\", \"c/{id}.mp4\"]"
        for (id, expected) in [
            ("x", "b/x.mp4"), ("y", "b/y.mp4"), ("z", "b/z.MP4"), ("w", "b/w.webm"),
            ("v", "b/v.mp4"), ("nothing", "a/nothing.mp4"),
        ] {
            #expect(try path(media, of: id) == expected)
        }
    }

    @Test func missingClipIsExpectedWhereItsFolderIs() throws {
        try folder.write("c/x.mp4")
        #expect(try path("[\"a/{id}.mp4\", \"c/{id}.mp4\"]", of: "y") == "c/y.mp4")
        #expect(try path("[\"a/{id}.mp4\", \"b/{id}.mp4\"]", of: "y") == "a/y.mp4")
    }

    @Test func namesAreFilledOnce() throws {
        let names = ["split": "{id}", "kind": "k"]
        #expect(
            try path("\"{split}/{kind}/{id}-{other}.mp4\"", of: "{kind}", names)
                == "{id}/k/{kind}-{other}.mp4")
    }

    /// Only what follows the last dot is an extension, and only if media files have it.
    @Test func dotsBelongToIds() throws {
        try folder.write("a/x_30.000_40.000.mkv")
        #expect(
            try path("\"a/{id}.mp4\"", of: "x_30.000_40.000") == "a/x_30.000_40.000.mkv")
        try folder.write("a/x.000.mkv")
        #expect(try path("\"a/{id}\"", of: "x.000") == "a/x.000.mkv")
    }

    /// An id and a file that differ in Unicode normalisation are two names.
    @Test func bytesOfNamesCount() throws {
        try folder.write("a/\u{E9}.mkv")
        #expect(
            try path("\"a/{id}.mp4\"", of: "e\u{301}").utf8.elementsEqual("a/e\u{301}.mp4".utf8))
    }
}
