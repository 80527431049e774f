import Models
import Neural
import Storage
import Tensors

extension StateReader {
    /// Reads the states of a clip or text into the rows of tensors that are its own.
    ///
    /// - Parameters:
    ///   - key: Which the feature contains.
    ///   - place: Its place among the keys of the tensors.
    ///   - tensors: As ``makeTensors(keys:)`` makes them.
    ///   - bytes: What it reads into first.
    ///   - generator: Draws a moment of each segment; that in the middle is taken if there is none.
    /// - Throws: ``StorageError`` if the file cannot be read.
    func read(
        _ key: String, at place: Int, to tensors: inout StreamTensors, by bytes: inout StateBytes,
        drawing generator: SplitMix64? = nil
    ) throws {
        let (shard, row) = self.place(of: key), first = place * rowsPerKey
        var length = seams.last?.array.shape[1] ?? 0
        if kind == .texts {
            length = try shard.valid(row: row).count { $0 }
            tensors.lengths?.elements[place] = Float(length)
        }
        let moments = try self.moments(of: shard, row, drawing: generator)
        if readsValidity {
            let valid = try shard.valid(row: row)
            for (segment, moment) in moments.enumerated() {
                tensors.valid?.elements[first + segment] = valid[moment] ? 1 : 0
            }
        }
        let file = try OpenShard(shard)
        var (tap, layer, descriptor) = (0, 0, 0)
        for (tokens, array) in seams {
            let (n, c) = (array.shape[1], array.shape[2])
            for (segment, moment) in moments.enumerated() {
                let target = first + segment
                let isRead =
                    [.pooled, .descriptor].contains(tokens) ? roles.pooling.read(of: n) : 0..<n
                try bytes.read(isRead, ofMoment: moment, of: array, row: row, from: file)
                switch tokens {
                case .all:
                    bytes.widen(0..<n, to: &tensors.layers[layer], at: target * n * c)
                case .patches:
                    let patches = roles.firstPatch..<n
                    bytes.widen(
                        patches, to: &tensors.taps[tap].patches, at: target * patches.count * c)
                    pool(
                        bytes, array, length: n, to: &tensors.taps[tap].classTokens, row: target)
                case .pooled:
                    guard var final = tensors.final.take() else { continue }
                    pool(bytes, array, length: length, through: norm, to: &final, row: target)
                    tensors.final = final
                case .descriptor:
                    pool(
                        bytes, array, length: length, to: &tensors.descriptors[descriptor],
                        row: target)
                case .normed:
                    guard var tokens = tensors.finalTokens.take() else { continue }
                    bytes.widen(0..<n, to: &tokens, at: target * n * c)
                    norm?.apply(to: &tokens, rows: target * n..<(target + 1) * n)
                    tensors.finalTokens = tokens
                }
            }
            tap += tokens == .patches ? 1 : 0
            layer += tokens == .all ? 1 : 0
            descriptor += tokens == .descriptor ? 1 : 0
        }
    }

    /// All tokens of the final state of a segment after the norm, `[N, C]`; of its moment in the middle.
    ///
    /// - Precondition: That is all it reads.
    func finalTokens(of key: String, segment: Int) throws -> Tensor {
        guard let (tokens, array) = seams.first, tokens == .normed else {
            preconditionFailure("a reader of other tokens")
        }
        let (shard, row) = place(of: key), (n, c) = (array.shape[1], array.shape[2])
        var bytes = StateBytes(), state = Tensor(shape: [n, c])
        try bytes.read(
            0..<n, ofMoment: segment * moments + moments / 2, of: array, row: row,
            from: OpenShard(shard))
        bytes.widen(0..<n, to: &state, at: 0)
        return norm?(state) ?? state
    }

    /// The moment of each segment that is read, as an index on the first axis of the states.
    ///
    /// Of those that have data one is drawn; the one in the middle is taken where nothing is drawn.
    private func moments(
        of shard: Shard, _ row: Int, drawing generator: SplitMix64?
    ) throws -> [Int] {
        guard moments > 1 else { return Array(0..<rowsPerKey) }
        guard var generator else { return (0..<rowsPerKey).map { $0 * moments + moments / 2 } }
        let valid = try shard.valid(row: row)
        return (0..<rowsPerKey).map { segment in
            let all = segment * moments..<(segment + 1) * moments
            let known = all.filter { valid[$0] }
            return known.randomElement(using: &generator) ?? all.lowerBound + moments / 2
        }
    }

    /// Writes what stands for a state into a row, after a norm if there is one.
    private func pool(
        _ states: StateBytes, _ array: ArraySpecification, length: Int,
        through norm: FrozenLayerNorm? = nil, to rows: inout Tensor, row: Int
    ) {
        let (n, c) = (array.shape[1], array.shape[2])
        if case .row(let token) = roles.pooling {
            states.widen(token..<token + 1, to: &rows, at: row * c)
            norm?.apply(to: &rows, rows: row..<row + 1)
            return
        }
        var state = Tensor(shape: [1, n, c])
        states.widen(0..<n, to: &state, at: 0)
        norm?.apply(to: &state)
        rows.write(TokenMeans.pooled(state, roles.pooling, length: length), row: row)
    }
}

extension TokenPooling {
    /// The tokens of `count` that a pooled row may be made of.
    fileprivate func read(of count: Int) -> Range<Int> {
        if case .row(let token) = self { token..<token + 1 } else { 0..<count }
    }
}
