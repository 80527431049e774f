import Models

extension MethodDeclaration {
    /// Adds what a head reads of final tokens, where no blocks run that make them.
    ///
    /// - Parameters:
    ///   - streams: Those whose tokens the head reads.
    ///   - placement: Of the method.
    ///   - shapes: The backbones.
    /// - Returns: The streams whose tokens the head alone reads, to which means over a grid are welcome.
    mutating func addTokens(
        of streams: Set<Stream>, _ placement: Placement, _ shapes: [Stream: StreamShape]
    ) -> Set<Stream> {
        guard !placement.runsBlocks else { return [] }
        return streams.filter { stream in
            let seam = Seam(layer: shapes[stream]?.depth ?? 0, tokens: .normed)
            guard seams[stream]?.contains(seam) == false else { return false }
            seams[stream]?.append(seam)
            return true
        }
    }
}
