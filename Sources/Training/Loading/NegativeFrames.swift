import Datasets
import Models
import Storage
import Tensors

/// Frames of other clips of train as the frozen backbone has them: what does not belong to a sound.
///
/// Source: Li et al., CVPR 2022; the authors' code, `dataloader_avst.py`, which draws a frame of any other
/// video for each segment.
struct NegativeFrames: Sendable {
    private let reader: StateReader

    /// Shape of a frame's tokens, `[N, C]`.
    let shape: [Int]

    /// Reads the visual stream's final tokens.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if the cache does not have them.
    init(
        _ cache: Cache, _ recipe: TrainingRecipe, _ streams: StreamSet, operation: String
    ) throws {
        let depth = streams.shapes[.visual]?.depth ?? 0
        reader = try StateReader(
            cache, feature: recipe.features.visual,
            seams: [.init(layer: depth, tokens: .normed)], isDense: true, isPooledWelcome: true,
            operation: operation)
        shape = reader.makeTensors(keys: 1).finalTokens.map { Array($0.shape.dropFirst()) } ?? []
    }

    /// Reads for each segment of items a frame of another clip, `[rows, N, C]`.
    ///
    /// - Parameters:
    ///   - items: Of a batch.
    ///   - draws: What the choice depends on beside the clip.
    ///   - train: Where frames are drawn from.
    ///   - frames: Every element is written.
    /// - Throws: `StorageError` if the cache cannot be read.
    func read(
        _ items: [Int], _ draws: BatchPlan.Noise, of train: CachedSamples, to frames: inout Tensor
    ) throws {
        let size = shape.reduce(1, *)
        var place = 0
        for item in items {
            let clip = train.samples[train.items[item][0]].clip
            var generator = NoiseKey(seed: draws.seed, epoch: draws.epoch, sample: clip)
                .generator(.negatives)
            for _ in 0..<reader.rowsPerKey {
                let other =
                    train.clips.count > 1
                    ? train.drawClip(otherThan: clip, using: &generator) : clip
                let segment = Int.random(in: 0..<reader.rowsPerKey, using: &generator)
                let tokens = try reader.finalTokens(of: other, segment: segment)
                frames.write(tokens.elements, at: place * size)
                place += 1
            }
        }
    }
}
