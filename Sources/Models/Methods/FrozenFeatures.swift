public import Neural

extension MethodKind {
    /// No method at all.
    static let linearProbe = MethodKind(
        name: "linear-probe",
        declare: { site throws(MethodCatalog.Error) in
            switch site.placement {
            case .head:
                MethodDeclaration(
                    seams: site.streams.mapValues { [.init(layer: $0.depth, tokens: .pooled)] },
                    exactness: .exact)
            case .suffix: .suffix(site.placement, site.streams)
            case .ladder, .hybrid: .refused("it reads the final state; use placement head")
            }
        }, make: { _, _ throws(MethodCatalog.Error) in FrozenFeatures() })
}

/// No method: the task head reads the frozen streams as they are.
public struct FrozenFeatures: Method {
    public var parameters: [Parameter] { [] }

    public init() {}

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            if let states = streams[stream] { adapted.set(stream, to: states) }
        }
        return adapted
    }
}
