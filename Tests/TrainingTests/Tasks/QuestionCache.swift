import Datasets
import Foundation
import Models
import Neural
import Storage
import Tensors
import TestSupport

@testable import Training

/// A cache in MUSIC-AVQA's manner: questions about clips of made-up states, several to a clip.
final class QuestionCache {
    let folder: TemporaryFolder
    let samples: [Sample]

    static let width = 8
    static let tokens = 5
    static let segments = 3
    static let answers = ["yes", "no", "two"]

    var path: String { "\(folder.path)/cache" }
    func run(_ name: String) -> String { "\(folder.path)/\(name)" }
    func cache() throws -> Cache { try Cache(opening: path) }

    /// Creates the cache.
    ///
    /// Clips have one to four questions. What a question asks for shows in a channel of the pictures, or of
    /// the sound if it asks for that; one question has an answer that is not among those known.
    init() throws {
        folder = try TemporaryFolder()
        var samples: [Sample] = []
        for clip in 0..<12 {
            let split = clip < 7 ? "train" : clip < 9 ? "val" : "test"
            for number in 0...(clip % 4) {
                let isSound = number.isMultiple(of: 2)
                let answer = Self.isMarked(clip, isSound: isSound) ? "yes" : "no"
                samples.append(
                    Sample(
                        id: "\(split):\(samples.count)", clip: "clip\(clip)", split: split,
                        text: isSound ? "Is the flute sounding?" : "Is the flute in the video?",
                        answer: clip == 3 && number == 3 ? "never" : answer,
                        fields: [
                            "modality": isSound ? "Audio" : "Visual",
                            "question_type": isSound ? "Comparative" : "Location",
                            "template": isSound
                                ? "Is the <Object> sounding?" : "Is the <Object> in the video?",
                            "templ_values": #"["flute"]"#,
                        ]))
            }
        }
        self.samples = samples
        let clips = (0..<12).map { "clip\($0)" }
        let dataset = Dataset(
            name: "questions", samples: samples,
            clips: clips.map { Clip(id: $0, path: "/nowhere") }, vocabulary: Self.answers,
            segments: Self.segments, segmentDuration: 6, findings: [])
        let cache = try Cache(path, for: dataset)
        var generator = SplitMix64(seed: 4)
        for stream in ["visual", "audio"] {
            let feature = cache.feature("states-tiny-\(stream)")
            let recipe = Recipe([
                "kind": "states", "stream": .string(stream),
                "backbone": [
                    "depth": 2, "configuration": ["epsilon": 1e-6], "specials": 1,
                    "pooling": "row:0",
                ],
            ])
            try feature.prepare(recipe)
            let shape = [Self.segments, Self.tokens, Self.width]
            let writer = try ShardWriter(
                path: feature.nextShardPath(group: 0), clips: clips, segments: Self.segments,
                arrays: ["block_01", "block_02"].map {
                    ArraySpecification($0, .f32, shape: shape)
                }, provenance: .rows(clips.map { _ in 1 }), recipe: recipe)
            for clip in clips.indices {
                let arrays = (0..<2).map { _ in
                    var states = Tensor.random(in: -0.5...0.5, shape: shape, using: &generator)
                    if Self.isMarked(clip, isSound: stream == "audio") {
                        for row in 0..<states.rows { states.elements[row * Self.width] += 2 }
                    }
                    return states.elements.withUnsafeBytes { Array($0) }
                }
                try writer.write(
                    ShardRow(times: [0, 6, 12], valid: [true, true, true], arrays: arrays), at: clip
                )
            }
            try writer.finish()
        }
    }

    private static func isMarked(_ clip: Int, isSound: Bool) -> Bool {
        isSound ? clip.isMultiple(of: 2) : clip % 3 == 0
    }

    /// A small run of a head over words.
    static func recipe(_ head: String, epochs: Int = 3) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.task = .avqa
        recipe.head.name = head
        recipe.head.hidden = 8
        recipe.head.question = .lstm
        recipe.head.standardise = false
        recipe.optimizer.headLearningRate = 3e-3
        (recipe.batch, recipe.epochs) = (3, epochs)
        return recipe
    }

    @discardableResult
    func train(
        _ recipe: TrainingRecipe, run: String, threads: Int = 1, resuming: Bool = false,
        updates: Int = .max
    ) throws -> Trainer.Result {
        let trainer = try Trainer(
            [(recipe, self.run(run))], cache: cache(), leavingOut: [], threads: threads)
        var taken = 0
        return try trainer.train(
            resuming: resuming, isCancelled: { taken >= updates },
            report: { if case .stepped = $0 { taken += 1 } })[0]
    }
}
