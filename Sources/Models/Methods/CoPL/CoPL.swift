extension MethodKind {
    /// CoPL, within the blocks or beside them.
    static let copl = MethodKind(
        name: "copl", defaults: CoPLOptions.defaults,
        declare: { site throws(MethodCatalog.Error) in
            guard let visual = site.streams[.visual], let audio = site.streams[.audio] else {
                return .refused("its prompts join a visual stream and an audio stream")
            }
            let options = try CoPLOptions(site.options)
            switch site.placement {
            case .head:
                return .refused(
                    "its prompts enter the attention of blocks, or read their states; use placement "
                        + "suffix or ladder")
            case .hybrid: return .refused("it has no form beside and within the blocks")
            case .suffix: return .coplSuffix(site, options, visual, audio)
            case .ladder: return .coplLadder(site)
            }
        },
        make: { site, generator throws(MethodCatalog.Error) in
            guard let visual = site.streams[.visual], let audio = site.streams[.audio] else {
                preconditionFailure("CoPL was declared for two streams")
            }
            let options = try CoPLOptions(site.options)
            if case .ladder = site.placement {
                return CoPLLadder(
                    (visual, audio),
                    taps: (site.placement.taps(.visual), site.placement.taps(.audio)),
                    segments: site.segments, options, using: &generator)
            }
            return CoPLSuffix(
                (visual, audio),
                from: (site.blocks(.visual).lowerBound, site.blocks(.audio).lowerBound),
                segments: site.segments, options, using: &generator)
        })
}

extension MethodDeclaration {
    /// Prompts within blocks: the state that enters the first, and what queries are made of.
    fileprivate static func coplSuffix(
        _ site: MethodSite, _ options: CoPLOptions, _ visual: StreamShape, _ audio: StreamShape
    ) -> Self {
        if let name = site.options.changed(among: CoPLOptions.ofLadder) {
            return refused("method.\(name) is of the ladder; leave it out with placement suffix")
        }
        guard BlockPairs.pairs(visual, audio) != nil else {
            return refused(
                "blocks of backbones of \(visual.depth) and \(audio.depth) make no pairs")
        }
        guard options.insertion != .concatenated || options.promptGate == .none else {
            return refused("promptGate is of values, which insertion concatenated does not show")
        }
        var declaration = suffix(site.placement, site.streams)
        if case .refused = declaration.exactness { return declaration }
        let (v, a) = (site.blocks(.visual), site.blocks(.audio))
        guard v.isEmpty == a.isEmpty || options.interaction + options.bank == 0 else {
            return refused(
                "its interaction prompts and its bank join blocks of both streams, and those of one alone run; "
                    + "set interaction and bank to false, or placement.suffix lower")
        }
        guard options.querySource == .frozenFinal else { return declaration }
        for (stream, shape) in [(Stream.visual, visual), (.audio, audio)] {
            guard Set(shape.widths[site.blocks(stream)]).isSubset(of: [shape.width]) else {
                return refused(
                    "querySource frozen-final asks keys of width \(shape.width), and blocks of the "
                        + "\(stream.rawValue) backbone have others; use block-input")
            }
            declaration.seams[stream]?.append(Seam(layer: shape.depth, tokens: .pooled))
        }
        return declaration
    }

    /// Prompts that read tapped layers.
    fileprivate static func coplLadder(_ site: MethodSite) -> Self {
        if let name = site.options.changed(among: CoPLOptions.ofBlocks) {
            return refused("method.\(name) is of prompts within blocks; leave it out of a ladder")
        }
        let taps = (site.placement.taps(.visual), site.placement.taps(.audio))
        guard !taps.0.isEmpty, taps.0.count == taps.1.count else {
            return refused("placement.ladder lists as many layers of both streams")
        }
        let rows = ["specific", "interaction", "bank"]
        guard rows.contains(where: { (try? site.options.flag($0)) ?? false }) else {
            return refused("a ladder climbs by its prompts, and all of them are switched off")
        }
        var declaration = ladder(site.placement, site.streams)
        // A text takes no part in the exchange.
        declaration.seams[.text]?.removeAll { $0.tokens != .pooled }
        return declaration
    }
}
