import Foundation
import TestSupport
import Testing

/// `avprep train` where blocks of a backbone run in the trainer, from media to an accuracy.
@Suite struct TrainCommandTests {
    private let data: AVEFolder

    private var cache: String { "\(data.path)/cache" }
    private var run: String { "\(data.path)/run" }

    init() throws {
        let clips = ["a", "b", "c", "d"]
        data = try AVEFolder(clips: clips)
        for (index, clip) in clips.enumerated() { try data.makeClip(clip, grey: 40 + 50 * index) }
        try data.write("data/trainSet.txt", "Bark&a&good&0&1\nBark&b&good&0&1")
        try data.write("data/valSet.txt", "Bark&c&good&0&1")
        try data.write("data/testSet.txt", "Bark&d&good&0&1")
        try data.write(
            "job.yaml",
            """
            dataset: two.yaml
            root: data/
            cache: cache
            extract: {size: 224}
            encode:
              - {backbone: "builtin:tiny", stream: visual, layers: [2], tokens: all}
              - {backbone: "builtin:tiny", stream: audio, layers: [2], tokens: all}
            """)
        let build = try Program.run(["build", "\(data.path)/job.yaml"])
        #expect(build.status == 0, "\(build.errors)")
    }

    private func train(_ recipe: String, _ more: String...) throws -> Program.Result {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try Program.run(
            [
                "train", "--cache", cache, "--run", run, "--recipe",
                root.appending(path: "manifests/recipes/\(recipe).yaml").path(),
                "--set", "epochs=2", "--set", "batch=1", "--threads", "1",
            ] + more)
    }

    @Test(arguments: ["ave-lora", "ave-vpt-deep", "ave-av-pea-suffix"])
    func ownRecipesTrainFromMedia(recipe: String) throws {
        let first = try train(recipe)
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors.contains("best of val is"), "\(first.errors)")
        let checkpoint = try Data(contentsOf: URL(filePath: "\(run)/last.safetensors"))
        let again = try train(recipe, "--resume")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try Data(contentsOf: URL(filePath: "\(run)/last.safetensors")) == checkpoint)
        let measured = try Program.run([
            "evaluate", "--cache", cache, "--run", run, "--split", "test", "--threads", "1",
        ])
        #expect(measured.status == 0 && measured.output.contains("segment accuracy"))
    }

    @Test func impossibleCombinationsHaveTheirStatus() throws {
        let head = try train("ave-lora", "--set", "placement=head")
        #expect(head.status == 2 && head.errors.contains("use placement suffix"), "\(head.errors)")
        let other = try train(
            "ave-lora", "--set", "backbones.visual=\(Reference.path("vit-hf"))")
        #expect(other.status == 5 && other.errors.contains("weights is"), "\(other.errors)")
        let layer = try train("ave-lora", "--set", "placement={suffix: 1}")
        #expect(layer.status == 5 && layer.errors.contains("has no layer 1"), "\(layer.errors)")
        let option = try train("ave-lora", "--set", "method.rnak=3")
        #expect(option.status == 2 && option.errors.contains("did you mean 'method.rank'"))
    }
}
