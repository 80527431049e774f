import Foundation
import TestSupport
import Testing

/// `avprep build` and `avprep plan`, on a data set of three clips.
@Suite struct BuildTests {
    private let data: AVEFolder

    private var cache: String { "\(data.path)/cache" }
    private var job: String { "\(data.path)/job.yaml" }

    init() throws {
        data = try AVEFolder(clips: ["one", "two", "gone"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("two", grey: 90)
        try writeJob()
    }

    private func writeJob(extract: String = "{size: 224}", more: String = "") throws {
        try data.write(
            "job.yaml",
            """
            dataset: two.yaml
            root: data/
            cache: cache
            extract: \(extract)
            encode:
              - {backbone: "builtin:tiny", stream: visual, layers: [0, 4], tokens: cls}
              - {backbone: "builtin:tiny", stream: audio, layers: [4], tokens: cls}
            \(more)
            """)
    }

    private func build(_ more: String...) throws -> Program.Result {
        try Program.run(["build", job] + more)
    }

    private func plan(_ more: String...) throws -> Program.Result {
        try Program.run(["plan", job, "--sample", "0"] + more)
    }

    private func objects(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    /// By feature and clip, what would be done and why.
    private func actions(_ more: String...) throws -> [String: String] {
        let result = try Program.run(["plan", job, "--sample", "0", "--json"] + more)
        var actions: [String: String] = [:]
        for object in try objects(result.output) {
            guard let clip = object["clip"] as? String, let feature = object["feature"] as? String
            else { continue }
            let reason = (object["reason"] as? String).map { " \($0)" } ?? ""
            actions["\(feature) \(clip)"] = "\(object["action"] ?? "")\(reason)"
        }
        return actions
    }

    @Test func buildMakesAllAndThenNothing() throws {
        let first = try build()
        #expect(first.status == 3, "\(first.errors)")
        let before = try data.files(of: cache)
        #expect(before["states-tiny-visual/shard-00000.h5"] != nil)
        #expect(before["states-tiny-audio/shard-00000.h5"] != nil)
        let second = try build()
        #expect(second.status == 3)
        #expect(second.errors.contains("extract: 0 clips in 0 s"))
        #expect(try data.files(of: cache) == before)
        #expect(try Program.run(["verify", "--cache", cache, "--read-data"]).status == 0)
    }

    @Test func planSaysWhatBuildWouldDoAndChangesNothing() throws {
        let new = try actions()
        #expect(new["frames one"] == "make new" && new["states-tiny-audio two"] == "make new")
        #expect(!FileManager.default.fileExists(atPath: cache))
        #expect(try build().status == 3)
        let before = try Set(FileManager.default.subpathsOfDirectory(atPath: data.path))
        let done = try actions()
        #expect(done["frames one"] == "none" && done["states-tiny-visual one"] == "none")
        #expect(done["frames gone"] == "keep missing")
        #expect(done["states-tiny-visual gone"] == "lacks-input missing")
        #expect(try actions("--retry-failed=missing")["frames gone"] == "make retried")
        #expect(try actions("--retry-failed=timeout")["frames gone"] == "keep missing")
        try data.makeClip("one", grey: 200, seconds: 2.5)
        let changed = try actions()
        #expect(changed["logmel one"] == "make changed-size")
        #expect(changed["states-tiny-audio one"] == "make changed-input")
        #expect(changed["logmel two"] == "none")
        #expect(try plan().status == 3)
        #expect(try Set(FileManager.default.subpathsOfDirectory(atPath: data.path)) == before)
    }

    @Test func sameSizeWithOtherBytesIsNoticedAndATouchIsNot() throws {
        #expect(try build().status == 3)
        let file = data.clip("two")
        var bytes = try Data(contentsOf: URL(filePath: file))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: file)
        #expect(try actions()["frames two"] == "none")
        #expect(try build().errors.contains("extract: 0 clips in 0 s"))
        let touched = try String(contentsOfFile: "\(cache)/touched.jsonl", encoding: .utf8)
        #expect(touched.contains("\"path\":\"AVE/two.mp4\""))
        bytes[bytes.count - 9] ^= 1
        try bytes.write(to: URL(filePath: file))
        #expect(try actions()["frames two"] == "make changed-content")
    }

    @Test func planEstimatesBytesAndTime() throws {
        try data.makeClip("gone", grey: 20)
        let result = try Program.run(["plan", job, "--json", "--jobs", "1"])
        #expect(result.status == 0, "\(result.errors)")
        let stages = try objects(result.output).filter {
            $0["stage"] != nil && $0["feature"] == nil
        }
        #expect(stages.count == 3)
        #expect(stages[0]["sample"] as? Int == 3 && stages[0]["seconds"] as? Double ?? 0 > 0)
        let planned = try #require(try objects(result.output).last?["bytes"] as? Int)
        #expect(try build().status == 0)
        let written = try data.files(of: cache).filter { $0.key.hasSuffix(".h5") }
            .map(\.value.count).reduce(0, +)
        #expect(written <= planned && planned < written + written / 4, "\(written) of \(planned)")
    }

    @Test func changedRecipeIsRefusedBeforeAnyWork() throws {
        #expect(try build().status == 3)
        let before = try data.files(of: cache)
        try writeJob(extract: "{size: 224, mel: lavish-vit}")
        let result = try build()
        #expect(result.status == 5)
        #expect(result.errors.contains("preset.normalisation.mean is -4.1426, was -4.2677393"))
        #expect(result.errors.contains("use another cache, or remove that folder"))
        #expect(try plan().status == 5)
        #expect(try plan().output.contains("preset.normalisation.mean is -4.1426, was -4.2677393"))
        #expect(try data.files(of: cache) == before)
    }

    @Test(arguments: [
        (
            "extract: {size: 224, me1: ast}",
            "key 'extract.me1' is unknown; did you mean 'extract.mel'?"
        ),
        ("extract: {mel: asst}", "extract.mel 'asst' is unknown (known: ast"),
        ("extract: {size: 0x4}", "extract.size '0x4' is not N or WxH"),
        ("extract: {fps: 2, frames: 3}", "extract.frames cannot stand beside fps"),
        ("jobbs: 4", "key 'jobbs' is unknown; did you mean 'jobs'?"),
        ("jobs: many", "jobs 'many' is no whole number in 1…1024"),
        ("encode: [{backbone: b, layers: [1]}]", "key 'encode[0].stream' is missing"),
        (
            "encode: [{backbone: b, stream: sound, layers: [1]}]",
            "encode[0].stream 'sound' is unknown"
        ),
        ("extract: {frame-preset: lavish}", "extract.frame-preset 'lavish' is unknown (known: "),
        ("cache: [", "cannot read job"),
    ])
    func wrongJobEndsWithTwo(line: String, words: String) throws {
        let cacheLine = line.hasPrefix("cache") ? "" : "cache: cache\n"
        try data.write("job.yaml", "dataset: two.yaml\nroot: data\n\(cacheLine)\(line)\n")
        for command in ["build", "plan"] {
            let result = try Program.run([command, job])
            #expect(result.status == 2, "\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func missingInputsEndWithTen() throws {
        #expect(try Program.run(["build", "/nowhere.yaml"]).status == 10)
        try FileManager.default.removeItem(atPath: data.root)
        #expect(try build().status == 10)
        #expect(try plan().status == 10)
        #expect(!FileManager.default.fileExists(atPath: cache))
    }

    @Test func jobsInTheManifestsAreReadable() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../manifests/jobs").path()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let result = try Program.run(["plan", "\(folder)/\(name)"])
            #expect(result.status == 10 || result.errors.contains("data set"), "\(result.errors)")
            #expect(!result.errors.contains("cannot read job"))
        }
    }

    @Test func limitCountsOverStages() throws {
        let first = try build("--limit", "2")
        #expect(first.status == 6, "\(first.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(cache)/states-tiny-visual"))
        #expect(try build("--limit", "2").status == 6)
        #expect(try build().status == 3)
        #expect(try build().errors.contains("encode: 0 clips"))
    }

    @Test func timeBudgetEndsWithSixAndKeepsWhatIsDone() throws {
        #expect(try build("--time-budget", "0s").status == 6)
        #expect(try build("--time-budget", "1h").status == 3)
        #expect(try build("--time-budget", "soon").status == 2)
    }

    @Test func quietBuildTellsNewFailuresOnce() throws {
        let first = try build("--quiet")
        #expect(first.status == 3 && first.output.isEmpty)
        #expect(first.errors.hasPrefix("avprep: missing: cannot open AVE/gone.mp4: "))
        #expect(first.errors.split(separator: "\n").count == 1)
        let second = try build("--quiet")
        #expect(second.status == 3 && second.errors.isEmpty && second.output.isEmpty)
        try Data().write(to: URL(filePath: data.clip("gone")))
        let third = try build("--quiet")
        #expect(third.errors.hasPrefix("avprep: unreadable: cannot open AVE/gone.mp4: "))
        #expect(try build("--quiet").errors.isEmpty)
    }

    @Test func cronIsNoTrouble() throws {
        let script = """
            cd / && exec env -i LANG=C HOME=/nowhere TMPDIR=/tmp \(Program.path) build \(job) --quiet <&-
            """
        let result = try Program.run("/usr/bin/env", ["sh", "-c", script])
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(try Program.run(["verify", "--cache", cache]).status == 0)
        #expect(try !FileManager.default.contentsOfDirectory(atPath: "\(cache)/runs").isEmpty)
    }

    @Test func overlappingBuildLeavesOrWaits() throws {
        try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        let holder = Process()
        holder.executableURL = URL(filePath: "/usr/bin/env")
        holder.arguments = [
            "flock", "-o", "\(cache)/lock", "sh", "-c",
            "printf 'pid 7 on host: avprep build x\\n' > '\(cache)/lock'; echo; sleep 60",
        ]
        let pipe = Pipe()
        holder.standardOutput = pipe
        try holder.run()
        _ = try pipe.fileHandleForReading.read(upToCount: 1)  // The lock is held now.
        let second = try build("--quiet")
        #expect(second.status == 11)
        #expect(second.errors.hasSuffix("it is in use by pid 7 on host: avprep build x\n"))
        #expect(try build("--lock-wait=0.2").status == 11)
        let waiting = try Program.start(["build", job, "--quiet", "--lock-wait"])
        usleep(300_000)
        #expect(waiting.isRunning)
        holder.terminate()
        waiting.waitUntilExit()
        #expect(waiting.terminationStatus == 3)
    }

    @Test func metricsAreWrittenAlsoOnFailure() throws {
        let file = "\(data.path)/avprep.prom"
        #expect(try build("--metrics-file", file).status == 3)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains("avprep_build_exit_code{job_file=\"\(job)\"} 3\n"))
        #expect(
            text.contains(
                "avprep_clips_failed{job_file=\"\(job)\",feature=\"frames\",class=\"missing\"} 1\n")
        )
        #expect(
            text.contains("avprep_clips{job_file=\"\(job)\",feature=\"logmel\",state=\"done\"} 2\n")
        )
        func success(_ text: String) -> Substring? {
            text.split(separator: "\n").first {
                $0.hasPrefix("avprep_build_last_success_timestamp_seconds{")
            }
        }
        #expect(success(text) != nil)
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let name = try #require(line.split(separator: "{").first)
            #expect(text.contains("# HELP \(name) ") && text.contains("# TYPE \(name) gauge\n"))
        }
        try writeJob(extract: "{size: 224, mel: lavish-vit}")
        #expect(try build("--metrics-file", file).status == 5)
        let later = try String(contentsOfFile: file, encoding: .utf8)
        #expect(later.contains("avprep_build_exit_code{job_file=\"\(job)\"} 5\n"))
        #expect(success(later) == success(text))
        let odd = "\(data.path)/odd \"name\"\\.yaml"
        #expect(try Program.run(["build", odd, "--metrics-file", file]).status == 10)
        #expect(
            try String(contentsOfFile: file, encoding: .utf8).contains(
                #"/odd \"name\"\\.yaml"} 10"#))
    }

    @Test func movedDataSetRebuildsNothing() throws {
        #expect(try build().status == 3)
        let before = try data.files(of: cache)
        let other = "\(data.path)/other place"
        try FileManager.default.moveItem(atPath: data.root, toPath: other)
        let job = try String(contentsOfFile: job, encoding: .utf8)
        try data.write("job.yaml", job.replacing("root: data/", with: "root: \(other)"))
        let result = try build()
        #expect(result.errors.contains("extract: 0 clips in 0 s"), "\(result.errors)")
        #expect(try data.files(of: cache) == before)
        // Nor does another name for it change a byte of a new cache.
        try FileManager.default.removeItem(atPath: cache)
        #expect(try build().status == 3)
        #expect(try data.files(of: cache) == before)
    }

    @Test(arguments: [(2, 130), (15, 143)] as [(Int32, Int32)])
    func signalledBuildLeavesEverythingWhole(signal: Int32, status: Int32) throws {
        #expect(try build().status == 3)
        let undisturbed = try data.files(of: cache)
        try FileManager.default.removeItem(atPath: cache)
        let process = try Program.start(["build", job, "--quiet", "--jobs", "1"])
        usleep(400_000)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        // A fast machine may be done before the signal comes, a slow one not yet listen.
        #expect(
            process.terminationStatus == 3 || process.terminationStatus == status
                || process.terminationReason == .uncaughtSignal)
        if FileManager.default.fileExists(atPath: "\(cache)/cache.json") {
            #expect(try Program.run(["verify", "--cache", cache, "--read-data"]).status == 0)
        }
        #expect(try build().status == 3)
        #expect(try data.files(of: cache) == undisturbed)
    }
}
