import Neural

/// Two values, one for each of the streams that a method joins.
typealias Pair<Value> = (visual: Value, audio: Value)

/// What is added to two streams that see each other, at one place of a pair of blocks.
protocol PairAdapter: Module {
    /// Whether what is added to a token depends on other tokens than those that it sees, as with batch
    /// normalisation: then none may be left out.
    var couplesTokens: Bool { get }

    /// What is added to each stream, if anything.
    ///
    /// - Parameters:
    ///   - own: The states that it is added to, `[B, N, C]`; of the last block perhaps only those tokens
    ///     that are read.
    ///   - seen: The states that the other stream sees.
    /// - Returns: The shapes of `own`.
    func callAsFunction(
        _ own: Pair<Variable>, seen: Pair<Variable>
    ) -> Pair<Variable?>
}

/// Two frozen streams with adapters in their pairs of blocks, after attention and after the feed-forward
/// network.
///
///     Y = X + MHSA(LN₁ X) + A₁(X, X̄),   X⁺ = Y + MLP(LN₂ Y) + A₂(Y, Ȳ)      for both streams at once
///
/// with the other stream marked by a bar. Streams are adapted from the same pair, before either has
/// changed; what is added is outside of the frozen residual, behind its norm where that comes after.
struct PairedBlocks<Adapter: PairAdapter>: Module {
    /// The adapters of a pair of blocks.
    struct Place {
        let blocks: Pair<Int>
        let attention: Adapter?
        let feedForward: Adapter?

        var adapters: [Adapter] { [attention, feedForward].compactMap { $0 } }
    }

    let places: [Place]

    var parameters: [Parameter] {
        places.flatMap { $0.adapters.flatMap(\.parameters) }
    }

    var buffers: [Parameter] { places.flatMap { $0.adapters.flatMap(\.buffers) } }

    /// Runs both streams to the end, and adds them to what heads read.
    func finish(_ states: [Stream: StreamStates], _ adapted: inout AdaptedStreams) {
        guard var visual = states[.visual]?.run, var audio = states[.audio]?.run else {
            preconditionFailure("adapters of pairs run blocks of a visual and an audio stream")
        }
        for place in places {
            visual.run(to: place.blocks.visual)
            audio.run(to: place.blocks.audio)
            let x = (visual: visual.state, audio: audio.state)
            let first = place.attention?(x, seen: x)
            let y = (
                visual: visual.attended().adding(first?.visual),
                audio: audio.attended().adding(first?.audio)
            )
            let needed = (visual: visual.needed(y.visual), audio: audio.needed(y.audio))
            let coupled = place.feedForward?.couplesTokens == true
            let second = place.feedForward?(coupled ? y : needed, seen: y)
            // Rows that are left out now have counted in the statistics.
            let change = (
                visual: coupled ? second?.visual.map(visual.needed) : second?.visual,
                audio: coupled ? second?.audio.map(audio.needed) : second?.audio
            )
            visual.leave(with: visual.fed(needed.visual).adding(change.visual))
            audio.leave(with: audio.fed(needed.audio).adding(change.audio))
        }
        adapted.finish(.visual, &visual)
        adapted.finish(.audio, &audio)
    }
}

extension Variable {
    fileprivate func adding(_ change: Variable?) -> Variable { change.map { self + $0 } ?? self }
}

extension MethodSite {
    /// The pairs of blocks that run in the trainer.
    func pairs(_ visual: StreamShape, _ audio: StreamShape) -> [Pair<Int>] {
        guard let pairs = BlockPairs.pairs(visual, audio) else {
            preconditionFailure("blocks of \(visual.depth) and \(audio.depth) make no pairs")
        }
        return pairs.filter {
            blocks(.visual).contains($0.visual) && blocks(.audio).contains($0.audio)
        }
    }

    /// The declaration of a method in pairs of blocks that run, or why it is refused.
    func pairedDeclaration() -> MethodDeclaration {
        guard let visual = streams[.visual], let audio = streams[.audio] else {
            return .refused("it joins a visual stream and an audio stream")
        }
        guard BlockPairs.pairs(visual, audio) != nil else {
            return .refused(
                "blocks of backbones of \(visual.depth) and \(audio.depth) make no pairs")
        }
        return .suffix(placement, streams)
    }
}
