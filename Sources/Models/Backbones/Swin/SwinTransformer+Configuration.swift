extension SwinTransformer {
    /// What determines the shape of a Swin Transformer and of what it reads.
    struct Configuration: Codable, Sendable, Equatable {
        enum Architecture: String, Codable, Sendable {
            case swin
            case swinV2 = "swinv2"
            case htsat
        }

        /// What becomes of pixels that do not fill a patch.
        enum Remainder: String, Codable, Sendable {
            /// Zeros are added to them.
            case padded

            /// They are not seen.
            case unseen

            case refused
        }

        var architecture: Architecture
        var patch: PatchEmbedding.Shape
        var remainder: Remainder

        /// Width of the states of the first stage; that of each further stage is twice as large.
        var width: Int

        /// Width of the hidden layer of a feed-forward network for each of its block, cut to a whole
        /// number.
        var hiddenRatio: Double

        /// Blocks of each stage, and heads of each of its blocks.
        var depths: [Int]
        var heads: [Int]

        /// Windows of each stage before `windowRule` is applied.
        var windows: [WindowShape]
        var windowRule: WindowRule
        var padding: WindowPartition.Padding

        /// Added to the scores of tokens that a query is not to see.
        var hiddenScore: Float

        /// Swin V2: side of the windows of pre-training of each stage; 0 if they are those of now.
        var pretrainedWindows: [Int]

        /// Windows of each stage that learned position biases are for; nil if they are for any.
        var learnedWindows: [MapSize]?

        /// Added to the variance in the norms of blocks and in the final one, and in the other norms.
        var epsilon: Float
        var stemEpsilon: Float = 1e-5

        var pixels: PixelNormalisation

        /// How log-mels become pictures; nil if they are.
        var mels: MelPicture.Shape?

        /// The stage of a layer; the last for the output of the last block.
        func stage(ofLayer layer: Int) -> Int {
            precondition(0...depths.reduce(0, +) ~= layer)
            var first = 0
            for (stage, depth) in depths.enumerated() {
                first += depth
                if layer < first { return stage }
            }
            return depths.count - 1
        }

        /// Width of a stage, and of the hidden layer of its feed-forward networks.
        func widths(ofStage stage: Int) -> (width: Int, hidden: Int) {
            let width = width << stage
            return (width, Int(Double(width) * hiddenRatio))
        }

        /// Refuses numbers with which the model could not be built.
        func check(_ config: CheckpointConfiguration) throws(BackboneError) {
            let stages = depths.count
            guard
                1...8 ~= stages,
                [heads.count, windows.count, pretrainedWindows.count] == [stages, stages, stages],
                depths.allSatisfy({ 1...1024 ~= $0 }), 1...(1 << 16) ~= width << (stages - 1),
                0.01...64 ~= hiddenRatio, widths(ofStage: 0).hidden > 0
            else { throw config.error("its configuration is not that of a Swin Transformer") }
            for stage in 0..<stages {
                let width = width << stage
                guard heads[stage] > 0, width.isMultiple(of: heads[stage]) else {
                    throw config.error("\(heads[stage]) heads do not share a width of \(width)")
                }
            }
            guard
                windows.allSatisfy({ 1...32 ~= $0.rows && 1...32 ~= $0.columns }),
                pretrainedWindows.allSatisfy({ 0...1024 ~= $0 })
            else { throw config.error("its windows do not fit") }
            guard 1...256 ~= patch.side, 1...patch.side ~= patch.stride else {
                throw config.error("its patches do not fit")
            }
        }
    }
}
