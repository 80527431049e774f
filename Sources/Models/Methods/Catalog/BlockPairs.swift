/// Which blocks of two backbones work together.
enum BlockPairs {
    /// Pairs of blocks, both ascending; nil if the depths do not fit.
    ///
    /// Within a stage the deeper backbone has r blocks for each of the other's, and its last of them is
    /// the partner: (r · j + r − 1, j). Equal depths are paired block by block.
    ///
    /// Source: the list of 12 pairs for Swin V2 and HTS-AT of `haoyi-duan/DG-SCT`,
    /// `AVE/nets/net_trans.py`; the rule for Vision Transformers of unequal depth is ours.
    static func pairs(
        _ visual: StreamShape, _ audio: StreamShape
    ) -> [(visual: Int, audio: Int)]? {
        let isStaged = visual.stages.count == audio.stages.count
        let stages = isStaged ? (visual.stages, audio.stages) : ([visual.depth], [audio.depth])
        var pairs: [(visual: Int, audio: Int)] = [], first = (visual: 0, audio: 0)
        for (v, a) in zip(stages.0, stages.1) {
            let count = min(v, a)
            guard count > 0, v.isMultiple(of: count), a.isMultiple(of: count) else { return nil }
            for j in 0..<count {
                pairs.append(
                    (
                        first.visual + v / count * (j + 1) - 1,
                        first.audio + a / count * (j + 1) - 1
                    ))
            }
            first = (first.visual + v, first.audio + a)
        }
        return pairs
    }
}
