extension MethodKind {
    /// LSTTA, between blocks or beside them.
    static let lstta = MethodKind(
        name: "lstta", defaults: LSTTAOptions.defaults,
        declare: { site throws(MethodCatalog.Error) in
            guard site.streams[.visual] != nil, site.streams[.audio] != nil else {
                return .refused("it joins a visual stream and an audio stream")
            }
            let options = try LSTTAOptions(site.options)
            guard !options.usesText || site.streams[.text] != nil else {
                return .refused(
                    "it listens to a text, which features do not name; set language to off")
            }
            switch site.placement {
            case .head:
                return .refused(
                    "it stands between blocks, or reads their states; use placement suffix or ladder"
                )
            case .hybrid: return .refused("it has no form beside and within the blocks")
            case .suffix: return try .lsttaSuffix(site, options)
            case .ladder: return .lsttaLadder(site, options)
            }
        },
        make: { site, generator throws(MethodCatalog.Error) in
            let options = try LSTTAOptions(site.options)
            if case .ladder = site.placement {
                return LSTTALadder(
                    site.streams, placement: site.placement, segments: site.segments, options,
                    using: &generator)
            }
            return LSTTASuffix(
                site.streams, at: try LSTTASuffix.boundaries(site, options),
                segments: site.segments, options, using: &generator)
        })
}

extension MethodDeclaration {
    /// Adapters between blocks: the states that enter the first ones.
    fileprivate static func lsttaSuffix(
        _ site: MethodSite, _ options: LSTTAOptions
    ) throws(MethodCatalog.Error) -> Self {
        if let name = site.options.changed(among: LSTTAOptions.ofLadder) {
            return refused("method.\(name) is of the ladder; leave it out with placement suffix")
        }
        guard let all = LSTTASuffix.paired(site.streams, options) else {
            let depths = site.streams.streams.map { "\(site.streams[$0]?.depth ?? 0)" }
            return refused(
                "blocks of backbones of \(depths.joined(separator: ", ")) are not multiples of each "
                    + "other")
        }
        var declaration = suffix(site.placement, site.streams)
        if case .refused = declaration.exactness { return declaration }
        declaration.readsValidity = true
        // An adapter on the cached state itself stands where that of the block below does.
        if try LSTTASuffix.boundaries(site, options) == all { declaration.exactness = .exact }
        return declaration
    }

    /// Descriptors of tapped layers, and all tokens of the text.
    fileprivate static func lsttaLadder(_ site: MethodSite, _ options: LSTTAOptions) -> Self {
        if let name = site.options.changed(among: LSTTAOptions.ofBlocks) {
            return refused("method.\(name) is of adapters between blocks; leave it out of a ladder")
        }
        let streams: [Stream] = options.usesText ? [.visual, .audio, .text] : [.visual, .audio]
        let counts = Set(streams.map { site.placement.taps($0).count })
        guard counts.count == 1, !counts.contains(0) else {
            return refused("placement.ladder lists as many layers of all streams")
        }
        var declaration = ladder(site.placement, site.streams)
        declaration.readsValidity = true
        for (stream, seams) in declaration.seams {
            declaration.seams[stream] =
                streams.contains(stream)
                ? seams.map { seam in
                    guard seam.tokens == .patches else { return seam }
                    return Seam(layer: seam.layer, tokens: stream == .text ? .all : .descriptor)
                } : seams.filter { $0.tokens == .pooled }
        }
        return declaration
    }
}

extension LSTTASuffix {
    /// The boundaries of all adapters, by stream, if every block runs; nil if depths do not fit.
    ///
    /// An adapter stands behind the blocks of a pair, and of the text behind as many blocks each time; where
    /// the text has fewer blocks than there are pairs, behind the last pair of those that it stands for.
    static func paired(
        _ streams: [Stream: StreamShape], _ options: LSTTAOptions
    ) -> [[Stream: Int]]? {
        guard let visual = streams[.visual], let audio = streams[.audio],
            let pairs = BlockPairs.pairs(visual, audio)
        else { return nil }
        guard options.usesText, let text = streams[.text] else {
            return pairs.map { [.visual: $0.visual + 1, .audio: $0.audio + 1] }
        }
        let count = min(pairs.count, text.depth)
        guard pairs.count.isMultiple(of: count), text.depth.isMultiple(of: count) else {
            return nil
        }
        return (1...count).map { number in
            let pair = pairs[pairs.count / count * number - 1]
            return [
                .visual: pair.visual + 1, .audio: pair.audio + 1,
                .text: text.depth / count * number,
            ]
        }
    }

    /// Those of them above the first blocks that run, or that a recipe asks for.
    static func boundaries(
        _ site: MethodSite, _ options: LSTTAOptions
    ) throws(MethodCatalog.Error) -> [[Stream: Int]] {
        guard let all = paired(site.streams, options) else { return [] }
        let streams: [Stream] = options.usesText ? [.visual, .audio, .text] : [.visual, .audio]
        let first = Dictionary(
            uniqueKeysWithValues: streams.map { ($0, site.blocks($0).lowerBound) })
        let above = all.filter { boundary in
            streams.allSatisfy { (boundary[$0] ?? 0) > (first[$0] ?? 0) }
        }
        guard let positions = options.positions else { return above }
        let known = [first] + above
        return try positions.map { position throws(MethodCatalog.Error) in
            guard let boundary = known.first(where: { $0[.visual] == position }) else {
                let names = known.map { "\($0[.visual] ?? 0)" }.joined(separator: ", ")
                throw MethodCatalog.Error(
                    description: "method.positions has \(position); adapters can stand at "
                        + "boundaries \(names) of the visual stream")
            }
            return boundary
        }
    }
}
