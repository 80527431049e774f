import Neural
import Tensors

// What methods that stand beside the backbones have in common: the layers that they tap, and tokens of taps.

extension MethodDeclaration {
    /// The seams of a side network: tokens of layers of the visual and the audio stream, and final states.
    ///
    /// A text takes no part. Where `placement.ladder` lists no layers of a stream, the method's own count.
    ///
    /// - Parameters:
    ///   - site: Where it is to stand.
    ///   - taps: The layers of a backbone that the method taps if none are listed.
    ///   - final: What it reads of the final state; nil for nothing.
    /// - Returns: The declaration, or the reason why it is refused.
    static func sideNetwork(
        _ site: MethodSite, taps: (StreamShape) -> [Int], final: (StreamShape) -> Tokens?
    ) -> Self {
        switch site.placement {
        case .head: return refused("it reads token states of layers; use placement ladder")
        case .suffix, .hybrid:
            return refused("it stands beside the blocks and enters none; use placement ladder")
        case .ladder: break
        }
        let joined = site.streams.filter { $0.key != .text }
        guard !joined.isEmpty else { return refused("it reads a visual or an audio stream") }
        var layers: [Stream: [Int]] = [:]
        for (stream, shape) in joined {
            let listed = site.placement.taps(stream)
            layers[stream] = listed.isEmpty ? taps(shape) : listed
        }
        var declaration = ladder(.ladder(.each(layers)), joined)
        for (stream, shape) in joined {
            declaration.seams[stream]?.removeAll { $0.tokens == .pooled }
            guard let tokens = final(shape) else { continue }
            declaration.seams[stream]?.append(Seam(layer: shape.depth, tokens: tokens))
        }
        guard case .exact = declaration.exactness else { return declaration }
        if let text = site.streams[.text] {
            declaration.seams[.text] = [Seam(layer: text.depth, tokens: .pooled)]
        }
        return declaration
    }
}

/// What stands beside the backbone of one stream.
protocol SideNetwork: Module {
    /// What the head reads of the stream, `[rows, C]`, and its tokens if those of the final state are read.
    func callAsFunction(_ states: StreamStates) -> (pooled: Variable, tokens: Variable?)
}

extension [Stream: StreamStates] {
    /// What side networks make of their streams; others, such as a text, pass as they are.
    func adapted(by sides: [Stream: some SideNetwork]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams {
            guard let states = self[stream] else { continue }
            if let side = sides[stream] {
                let (pooled, tokens) = side(states)
                adapted.set(stream, to: pooled, tokens: tokens)
            } else {
                adapted.set(stream, to: states)
            }
        }
        return adapted
    }
}

extension MethodSite {
    /// The streams that a side network taps, and the layers of each.
    var tapped: [Stream: [Int]] {
        declaration.seams.compactMapValues { seams in
            let layers = seams.filter { $0.tokens == .patches }.map(\.layer)
            return layers.isEmpty ? nil : layers
        }
    }

    /// Widths of the tapped layers of a stream.
    func tapWidths(_ stream: Stream) -> [Int] {
        (tapped[stream] ?? []).map { streams[stream]?.width(ofLayer: $0) ?? 0 }
    }
}

extension StreamShape {
    /// Layers of a stage's width that its blocks leave behind, as many as it has blocks.
    ///
    /// They are the outputs of its blocks. Where a merging of patches follows, the output before it is in no
    /// cache, and they are what each of its blocks reads.
    func layers(ofStage stage: Int) -> [Int] {
        let first = stageStarts[stage], shift = stage == stages.count - 1 ? 1 : 0
        return (0..<stages[stage]).map { first + $0 + shift }
    }

    /// Four layers at equal distances, τᵢ = round(i · L / 4); the last of each stage where there are several.
    var evenTaps: [Int] {
        guard stages.count == 1 else {
            return stages.indices.compactMap { layers(ofStage: $0).last }
        }
        let taps = (1...4).map { (Double($0 * depth) / 4).rounded() }
        return Set(taps.map { Int($0) }).subtracting([0]).sorted()
    }

    /// Whether some token stands for the whole, so that it is not the mean of all.
    var hasClassToken: Bool { pooling.firstPatch > 0 }
}

extension StreamStates.Tap {
    /// What a map makes of each token, `[rows, N, d]`: of what stands for the whole, if that is no mean of
    /// the others, and then of the patches.
    func tokens(of shape: StreamShape, _ map: (Variable) -> Variable) -> Variable {
        let patches = map(self.patches)
        guard shape.hasClassToken else { return patches }
        let row = map(classToken)
        return row.reshaped(to: [row.shape[0], 1, row.columns]).concatenatedTokens(with: patches)
    }
}

extension Variable {
    /// What stands for the whole among the tokens of a tap, `[rows, d]`: the first of them, or their mean.
    func whole(of shape: StreamShape) -> Variable {
        shape.hasClassToken ? token(at: 0) : meanOverTokens()
    }
}
