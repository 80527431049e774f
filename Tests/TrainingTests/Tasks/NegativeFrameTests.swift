import Datasets
import Models
import Tensors
import TestSupport
import Testing

@testable import Training

/// Frames that do not belong to a sound, of clips of train.
@Suite struct NegativeFrameTests {
    private func recipe(_ quirks: [Quirk]) -> TrainingRecipe {
        var recipe = QuestionCache.recipe("st-avqa")
        recipe.method.name = "av-pea"
        recipe.placement = .ladder([1, 2])
        recipe.quirks = quirks
        return recipe
    }

    /// Q15: where a method adapts frames, negative ones are as the frozen backbone has them.
    @Test func withTheQuirkTheyAreFrozenFramesOfOtherClips() throws {
        let data = try QuestionCache()
        let source = try TrainingData(
            data.cache(), recipe([Quirk(.frozenNegatives)]), leavingOut: [], number: 0,
            operation: "test")
        let train = source.train
        // The frames of each clip, as evaluation reads them.
        var frames: [String: [[Float]]] = [:]
        for item in train.items.indices {
            let states = try train.batch([item], nil).streams[.visual]
            let tokens = try #require(states?.finalTokens), size = tokens.count / tokens.shape[0]
            frames[train.samples[train.items[item][0]].clip] = (0..<tokens.shape[0]).map {
                Array(tokens.elements[$0 * size..<($0 + 1) * size])
            }
        }
        #expect(frames.count == 7)
        var seen: Set<String> = [], batch: LoadedBatch?
        for epoch in 1...6 {
            let items = Array(train.items.indices)
            try source.load(
                BatchPlan(items: items, update: items, draws: .init(seed: 3, epoch: epoch)),
                to: &batch)
            let negatives = try #require(batch).tensors[.negatives]
            let size = negatives.count / negatives.shape[0]
            #expect(negatives.shape[0] == items.count * QuestionCache.segments)
            for row in 0..<negatives.shape[0] {
                let own = train.samples[train.items[row / QuestionCache.segments][0]].clip
                let frame = Array(negatives.elements[row * size..<(row + 1) * size])
                let clips = frames.keys.filter { frames[$0]?.contains(frame) == true }
                #expect(clips.count == 1 && clips != [own])
                seen.formUnion(clips)
            }
        }
        #expect(seen == Set(frames.keys))
    }

    @Test func withoutItTheyAreAdaptedFramesOfTheBatch() throws {
        let data = try QuestionCache()
        #expect(recipe([]).negatives == .inBatch)
        let source = try TrainingData(
            data.cache(), recipe([]), leavingOut: [], number: 0, operation: "test")
        var batch: LoadedBatch?
        try source.load(
            BatchPlan(items: [0, 1, 2], update: [0, 1, 2], draws: .init(seed: 3, epoch: 1)),
            to: &batch)
        let tensors = try #require(batch).tensors
        #expect(!tensors.contains(.negatives) && tensors.contains(.partners))
    }
}
