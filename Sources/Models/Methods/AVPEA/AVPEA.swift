import Tensors

extension MethodKind {
    /// AV-PEA, within the blocks or beside them.
    static let avPEA = MethodKind(
        name: "av-pea",
        defaults: [
            "width": 128, "layout": "two-per-block", "attention": "own-class",
            "attentionScale": "root-width", "attentionNorm": "none", "activation": "relu",
            "zeroInit": "gate", "streams": "both",
        ].merging(AVPEASuffix.Layout.twoPerBlock.options) { $1 },
        presets: (
            "layout",
            Dictionary(
                uniqueKeysWithValues: AVPEASuffix.Layout.allCases.map { ($0.rawValue, $0.options) })
        ),
        declare: { site throws(MethodCatalog.Error) in
            guard let visual = site.streams[.visual], let audio = site.streams[.audio] else {
                return .refused("it joins a visual stream and an audio stream")
            }
            switch site.placement {
            case .head: return .refused("it reads token states; use placement ladder or suffix")
            case .hybrid: return .refused("it has no form beside and within the blocks")
            case .suffix:
                if site.options.changed(among: ["width"]) != nil {
                    return .refused(
                        "method.width is of the ladder; leave it out with placement suffix")
                }
                var declaration = site.pairedDeclaration()
                declaration.couplesSamples = try site.options.flag("batchNorm")
                return declaration
            case .ladder:
                if let name = site.options.changed(but: ["width", "attention"]) {
                    return .refused(
                        "a ladder has no \(name); it is an option of adapters in blocks")
                }
                guard try attention(site) != .relay else {
                    return .refused("a ladder has no attention relay; use own-class or off")
                }
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
                return try AVPEASuffix(site, using: &generator)
            }
            let width = try site.options.integer("width", in: 2...65536)
            guard width.isMultiple(of: 2) else {
                throw MethodCatalog.Error(
                    description: "method.width is \(width); it must be even and positive")
            }
            let taps = site.placement.taps(.visual)
            var configuration = AVPEALadder.Configuration(
                visual: visual.width, audio: audio.width, width: width, taps: taps.count)
            configuration.isReading = try attention(site) != .off
            configuration.visualTaps = taps.map(visual.width(ofLayer:))
            configuration.audioTaps = site.placement.taps(.audio).map(audio.width(ofLayer:))
            return AVPEALadder(configuration, using: &generator)
        })

    private static func attention(
        _ site: MethodSite
    ) throws(MethodCatalog.Error) -> AVPEASuffix.Attention.Mode {
        try site.options.choice("attention", AVPEASuffix.Attention.Mode.self)
    }
}
