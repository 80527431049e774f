import Neural
import Synchronization
import Tensors

/// A frozen hierarchical transformer whose blocks attend within shifted windows: Swin, Swin V2, and
/// HTS-AT, which is a Swin that reads log-mels.
///
/// States are those of all tokens of a stage's map, by rows. The input of the first block of a stage
/// is that after merging.
///
/// Sources: Liu et al., *Swin Transformer*, 2021 (arXiv:2103.14030); *Swin Transformer V2*, 2022
/// (arXiv:2111.09883); Chen et al., *HTS-AT*, 2022 (arXiv:2202.00874).
final class SwinTransformer: FrozenBackbone {
    let shape: Configuration
    let finalNorm: FrozenLayerNorm?

    let embedding: PatchEmbedding
    let stages: [SwinStage]

    /// How a log-mel becomes a picture; nil if it is one.
    let melPicture: MelPicture?

    /// For the size of map that was met last.
    private let latestPlan = Mutex<SwinPlan?>(nil)

    init(
        _ shape: Configuration, embedding: PatchEmbedding, stages: [SwinStage],
        finalNorm: FrozenLayerNorm, melPicture: MelPicture? = nil
    ) {
        self.shape = shape
        self.embedding = embedding
        self.stages = stages
        self.finalNorm = finalNorm
        self.melPicture = melPicture
    }

    var configuration: any Encodable & Sendable { shape }
    var inputs: Set<BackboneInput.Kind> {
        melPicture == nil ? [.pictures, .spectrograms] : [.spectrograms]
    }
    var depth: Int { shape.depths.reduce(0, +) }

    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout {
        let map = try map(of: size)
        try checkWindows(on: map, of: size)
        let stage = shape.stage(ofLayer: layer)
        let stageMap = map.stages(stages.count)[stage]
        return StateLayout(
            specials: 0, rows: stageMap.rows, columns: stageMap.columns,
            width: shape.width << stage)
    }

    func classRow(of input: BackboneInput) -> Int? { nil }

    func makeWorker() -> any BackboneWorker { Worker(self) }

    /// The map of the first stage.
    func map(of size: BackboneInput.Size) throws(BackboneError) -> MapSize {
        let (height, width): (Int, Int)
        switch size {
        case .text:
            throw BackboneError("encode text", "the backbone reads no text")
        case .picture where melPicture != nil:
            throw BackboneError("encode frames", "the backbone reads log-mels")
        case .picture(let rows, let columns): (height, width) = (rows, columns)
        case .spectrogram(let frames, let bands):
            if let melPicture {
                return try melPicture.map(frames: frames, bands: bands, shape.patch)
            }
            (height, width) = (frames, bands)
        }
        let side = shape.patch.side
        let isWhole = height.isMultiple(of: side) && width.isMultiple(of: side)
        guard height >= side, width >= side, isWhole || shape.remainder != .refused else {
            throw BackboneError(
                "encode \(size.name)",
                "the backbone reads multiples of its patches of \(side)×\(side)")
        }
        guard shape.remainder == .padded else {
            return MapSize(rows: height / side, columns: width / side)
        }
        return MapSize(rows: (height + side - 1) / side, columns: (width + side - 1) / side)
    }

    /// Checks that learned position biases are there for the windows on a map.
    private func checkWindows(on map: MapSize, of size: BackboneInput.Size) throws(BackboneError) {
        guard let learned = shape.learnedWindows else { return }
        for (stage, map) in map.stages(stages.count).enumerated() {
            let window = shape.windowRule(shape.windows[stage], on: map)
            guard window.size == learned[stage] else {
                throw BackboneError(
                    "encode \(size.name)",
                    "the windows of stage \(stage) would have \(window.size) tokens, and its position "
                        + "biases are for \(learned[stage])")
            }
        }
    }

    /// What the blocks need for maps of a size.
    func plan(for map: MapSize) -> SwinPlan {
        latestPlan.withLock { latest in
            if let latest, latest.map == map { return latest }
            let plan = SwinPlan(map, stages, shape)
            latest = plan
            return plan
        }
    }
}

extension BackboneInput.Size {
    /// What is encoded, for errors.
    fileprivate var name: String {
        switch self {
        case .picture(let height, let width): "frames of \(width)×\(height)"
        case .spectrogram(let frames, let bands): "windows of \(frames)×\(bands)"
        case .text: "text"
        }
    }
}
