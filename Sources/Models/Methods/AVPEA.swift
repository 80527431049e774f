import Tensors

extension MethodKind {
    /// AV-PEA, within the blocks or beside them.
    static let avPEA = MethodKind(
        name: "av-pea",
        defaults: ["width": 128, "reduction": 16, "attention": "own-class"],
        declare: { site throws(MethodCatalog.Error) in
            guard let visual = site.streams[.visual], let audio = site.streams[.audio] else {
                return .refused("it joins a visual stream and an audio stream")
            }
            switch site.placement {
            case .head: return .refused("it reads token states; use placement ladder or suffix")
            case .hybrid: return .refused("it has no form beside and within the blocks")
            case .suffix:
                guard BlockPairs.pairs(visual, audio) != nil else {
                    return .refused(
                        "blocks of backbones of \(visual.depth) and \(audio.depth) make no pairs")
                }
                return .suffix(site.placement, site.streams)
            case .ladder:
                let taps = (site.placement.taps(.visual), site.placement.taps(.audio))
                guard !taps.0.isEmpty, taps.0.count == taps.1.count else {
                    return .refused("placement.ladder lists as many layers of both streams")
                }
                var declaration = MethodDeclaration.ladder(site.placement, site.streams)
                // A text takes no part in the exchange.
                declaration.seams[.text]?.removeAll { $0.tokens != .pooled }
                return declaration
            }
        },
        make: { site, generator throws(MethodCatalog.Error) in
            guard let visual = site.streams[.visual], let audio = site.streams[.audio] else {
                preconditionFailure("AV-PEA was declared for two streams")
            }
            guard case .ladder = site.placement else {
                return AVPEASuffix(
                    AVPEASuffix.Configuration(
                        visual: visual, audio: audio, firstVisual: site.blocks(.visual).lowerBound,
                        firstAudio: site.blocks(.audio).lowerBound,
                        reduction: try site.options.integer("reduction", in: 1...1024),
                        attention: try site.options.choice(
                            "attention", AVPEASuffix.Attention.self)), using: &generator)
            }
            let width = try site.options.integer("width", in: 2...65536)
            guard width.isMultiple(of: 2) else {
                throw MethodCatalog.Error(
                    description: "method.width is \(width); it must be even and positive")
            }
            let taps = site.placement.taps(.visual)
            var configuration = AVPEALadder.Configuration(
                visual: visual.width, audio: audio.width, width: width, taps: taps.count)
            configuration.visualTaps = taps.map(visual.width(ofLayer:))
            configuration.audioTaps = site.placement.taps(.audio).map(audio.width(ofLayer:))
            return AVPEALadder(configuration, using: &generator)
        })
}
