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
            extract: {size: 96}
            encode:
              - {backbone: "builtin:tiny", stream: visual, layers: [4], tokens: all}
              - {backbone: "builtin:tiny", stream: audio, layers: [4], tokens: all}
            """)
        let build = try Program.run(["build", "\(data.path)/job.yaml"])
        #expect(build.status == 0, "\(build.errors)")
    }

    private func path(of recipe: String) -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appending(path: "manifests/recipes/\(recipe).yaml").path()
    }

    private func train(_ recipe: String, _ more: String...) throws -> Program.Result {
        try Program.run(
            [
                "train", "--cache", cache, "--run", run, "--recipe", path(of: recipe),
                "--set", "epochs=2", "--set", "batch=1", "--threads", "1",
            ] + more)
    }

    @Test(arguments: ["ave-lora", "ave-copl-suffix", "ave-av-pea-suffix"])
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

    /// Killed or interrupted at any moment, a run goes on as if nothing had happened.
    @Test(arguments: [SIGINT, SIGKILL]) func stoppedRunIsTheUndisturbedOne(signal: Int32) throws {
        func arguments(_ run: String, _ more: String...) -> [String] {
            [
                "train", "--cache", cache, "--run", "\(data.path)/\(run)", "--recipe",
                path(of: "ave-lora"), "--set", "epochs=12", "--set",
                "patience=12", "--set", "batch=1", "--checkpoint-every", "0", "--quiet",
            ] + more
        }
        func files(_ run: String) throws -> [Data] {
            try ["best.safetensors", "last.safetensors", "metrics.jsonl"].map {
                try Data(contentsOf: URL(filePath: "\(data.path)/\(run)/\($0)"))
            }
        }
        let start = ContinuousClock.now
        #expect(try Program.run(arguments("whole", "--threads", "1")).status == 0)
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        var stops = 0
        for _ in 0..<40 {
            let process = try Program.start(arguments("cut", "--threads", "2", "--resume"))
            usleep(UInt32(milliseconds * .random(in: 200...800)))
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
            if process.terminationReason == .exit, process.terminationStatus == 0 { break }
            if signal == SIGINT { #expect(process.terminationStatus == 130) }
            stops += 1
        }
        #expect(stops > 0)
        #expect(try Program.run(arguments("cut", "--resume")).status == 0)
        #expect(try files("cut") == files("whole"))
    }

    @Test func sweepEndsInATableAndPlanSaysWhatItTakes() throws {
        let arguments = [
            "sweep", "--cache", cache, "--runs", "\(data.path)/runs", "--recipe",
            path(of: "ave-vpt-deep"), "--set", "epochs=1", "--seeds", "0..1",
            "--grid", "optimizer.learningRate=1e-3,1e-4", "--split", "test", "--threads", "1",
        ]
        let sweep = try Program.run(arguments)
        #expect(sweep.status == 0, "\(sweep.errors)")
        #expect(sweep.output.contains("optimizer.learningRate=1e-4  "), "\(sweep.output)")
        #expect(sweep.output.contains(" ± ") && sweep.output.contains("2 seeds"))
        let again = try Program.run(arguments)
        #expect(again.status == 2 && again.errors.contains("continue it with --resume"))
        #expect(try Program.run(arguments + ["--resume"]).output == sweep.output)
        #expect(!sweep.output.contains("selected on test"))
        let published = try Program.run([
            "sweep", "--cache", cache, "--runs", "\(data.path)/published", "--recipe",
            path(of: "ave-lavish-published"), "--set", "epochs=1", "--seeds", "0..0",
            "--split", "test", "--threads", "1",
        ])
        #expect(published.status == 0, "\(published.errors)")
        #expect(
            published.output.contains(
                "; epochs were selected on test; quirks: Q1 opt.extra_step(8), Q3"))

        let plan = try Program.run([
            "plan", path(of: "ave-vpt-deep"), "--cache", cache,
        ])
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.output.contains("vpt-deep@k4"), "\(plan.output)")
        let sizes = try #require(
            plan.output.firstMatch(
                of:
                    #/(\d+) trainable .* \((\d+) in the method, (.+) % of .*, (\d+) in .* of (\d+) in all/#
            ))
        func number(_ text: Substring) -> Double { Double(text) ?? .nan }
        let (trainable, method) = (number(sizes.1), number(sizes.2))
        // Ten prompts of 160 elements in two blocks of two streams.
        #expect(method == 2 * 2 * 10 * 160 && trainable == method + number(sizes.4))
        #expect(abs(number(sizes.3) - 100 * method / (number(sizes.5) - trainable)) < 0.006)
        #expect(plan.output.contains("visual: layer 4, all tokens"))
        #expect(plan.output.contains("2 samples in train, 1 in val"))
    }
}
