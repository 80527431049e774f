import Neural
import Tensors

/// CoPL within the blocks: prompts of a stream, of both, and from a bank that both ask.
///
///     P_m = [ P^spec_m ; P_I U^I_m ; P^bank_m ],   X⁺ = Block(X; extra rows of keys and values from P_m)
///
/// Keys and values are made of prompts as of tokens, after the first norm of a pre-norm block. They are
/// the same as if prompts stood before the tokens, passed the block with them, and were dropped behind it.
/// Where the streams' depths differ, specific prompts are in every block, the others in pairs of blocks.
/// Queries of the bank are what stands for the whole of the states that enter. Untrained, the model is
/// not the frozen one.
///
/// The method is that of Zhao et al., *CoPL: Parameter-Efficient Collaborative Prompt Learning for
/// Audio-Visual Tasks*, ACM MM 2024; its equations are a reconstruction.
struct CoPLSuffix: Method {
    /// The prompts of a block of one stream.
    struct Block: Module {
        /// `[N, D]`; two where keys and values have prompts of their own, none without this kind.
        var specific: [Parameter] = []

        /// U^I, by which the prompts of a pair come to the width of the stream.
        var interaction: [Linear] = []

        var gate: Parameter?

        var parameters: [Parameter] {
            specific + interaction.flatMap(\.parameters) + (gate.map { [$0] } ?? [])
        }
    }

    /// What two blocks have in common.
    struct Pair {
        let blocks: (visual: Int, audio: Int)

        /// P_I, `[N, r]`.
        var interaction: [Parameter] = []

        /// Which bank.
        var bank: Int?
    }

    let blocks: [Stream: [Int: Block]]
    let pairs: [Pair]
    let banks: [CoPLBank]
    let options: CoPLOptions
    private let segments: Int

    var parameters: [Parameter] {
        blocks.streams.flatMap { stream in
            (blocks[stream] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value.parameters)
        } + pairs.flatMap(\.interaction) + banks.flatMap(\.parameters)
    }

    /// Creates prompts for blocks from the first on.
    ///
    /// - Precondition: The blocks of the backbones make pairs.
    init(
        _ shapes: (visual: StreamShape, audio: StreamShape), from first: (visual: Int, audio: Int),
        segments: Int, _ options: CoPLOptions, using generator: inout SplitMix64
    ) {
        guard let all = BlockPairs.pairs(shapes.visual, shapes.audio) else {
            preconditionFailure("\(shapes.visual.depth) and \(shapes.audio.depth) make no pairs")
        }
        (self.options, self.segments) = (options, segments)
        var pairs = all.filter { $0.visual >= first.visual && $0.audio >= first.audio }
            .map { Pair(blocks: $0) }
        if options.depth == .shallow { pairs = Array(pairs.prefix(1)) }
        var maker = CoPLMaker(options: options, generator: generator)
        var blocks: [Stream: [Int: Block]] = [:]
        for (stream, shape, first) in [
            (Stream.visual, shapes.visual, first.visual), (.audio, shapes.audio, first.audio),
        ] {
            let paired = Set(pairs.map { stream == .visual ? $0.blocks.visual : $0.blocks.audio })
            let last = options.depth == .deep ? shape.depth : min(first + 1, shape.depth)
            for block in Set(first..<max(first, last)).union(paired).sorted() {
                blocks[stream, default: [:]][block] = maker.block(
                    block, stream, shape, isSpecific: block < last, isPaired: paired.contains(block)
                )
            }
        }
        for index in pairs.indices {
            pairs[index].interaction = maker.shared(pairs[index].blocks.visual)
        }
        banks = maker.banks(for: &pairs, shapes)
        (self.blocks, self.pairs) = (blocks, pairs)
        generator = maker.generator
    }

    func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        guard let visual = streams[.visual], let audio = streams[.audio],
            var v = visual.run, var a = audio.run
        else { preconditionFailure("CoPL runs blocks of a visual and an audio stream") }
        var adapted = AdaptedStreams()
        for pair in pairs {
            advance(&v, .visual, to: pair.blocks.visual)
            advance(&a, .audio, to: pair.blocks.audio)
            let choice = pair.bank.map {
                banks[$0](visual: query(v, visual), audio: query(a, audio))
            }
            pass(&v, .visual, pair, bank: choice?.visual ?? [])
            pass(&a, .audio, pair, bank: choice?.audio ?? [])
            if let penalty = choice?.penalty { adapted.penalties.append(penalty) }
        }
        for (stream, run) in [(Stream.visual, v), (.audio, a)] {
            var run = run
            advance(&run, stream, to: run.shape.depth)
            adapted.finish(stream, &run)
        }
        // A text takes no part in the exchange.
        if let text = streams[.text] { adapted.set(.text, to: text) }
        return adapted
    }

    /// What the bank is asked by, `[B, D]`.
    private func query(_ run: SuffixRun, _ states: StreamStates) -> Variable {
        let rows: Variable
        switch options.querySource {
        case .blockInput: rows = run.pooled(run.state)
        case .frozenFinal:
            guard let final = states.final else {
                preconditionFailure("queries are final states, which are not read")
            }
            rows = final
        }
        let query = options.detachesQuery ? rows.detached() : rows
        return options.queryLevel == .clip ? query.meanOverSegments(segments) : query
    }

    /// Runs blocks with their own prompts alone until `end` is the next.
    private func advance(_ run: inout SuffixRun, _ stream: Stream, to end: Int) {
        while run.block < end { pass(&run, stream) }
    }

    /// Runs a block with its prompts.
    private func pass(
        _ run: inout SuffixRun, _ stream: Stream, _ pair: Pair? = nil, bank: [Variable] = []
    ) {
        let block = blocks[stream]?[run.block] ?? Block(), tape = run.state.tape
        let shared = pair?.interaction ?? []
        let rows = options.sources.indices.map { source in
            var parts: [Variable] = []
            if source < block.specific.count {
                parts.append(tape.variable(block.specific[source]))
            }
            if source < shared.count {
                parts.append(block.interaction[source](tape.variable(shared[source])))
            }
            return Prompts.Rows(
                shared: parts.isEmpty ? nil : parts.dropFirst().reduce(parts[0]) { $0.above($1) },
                own: source < bank.count ? bank[source] : nil)
        }
        guard options.insertion != .concatenated else {
            return concatenate(rows[0], to: &run)
        }
        var hooks = AttentionHooks()
        hooks.prompts = Prompts(
            rows.count == 1 ? .tokens(rows[0]) : .projected(keys: rows[0], values: rows[1]),
            gate: block.gate.map { tape.variable($0).tanh() })
        run.leave(with: run.fed(run.needed(run.attended(hooks))))
    }

    /// Runs a block with prompts before the tokens, and drops them behind it.
    private func concatenate(_ prompts: Prompts.Rows, to run: inout SuffixRun) {
        let count = run.state.shape[0]
        guard let rows = prompts.joined(for: count) else {
            return run.leave(with: run.fed(run.attended()))
        }
        let all = rows.shape.count == 3 ? rows : rows.repeatedOverBatch(count)
        var wide = run
        wide.state = all.concatenatedTokens(with: run.state)
        let x = wide.fed(wide.attended())
        run.leave(with: x.tokens(all.shape[1]..<x.shape[1]))
    }
}

extension Variable {
    /// The mean over a clip's segments, for each of them: `[B · T, C]`.
    func meanOverSegments(_ segments: Int) -> Variable {
        precondition(shape.count == 2 && shape[0].isMultiple(of: segments), "clips of \(shape)")
        return reshaped(to: [shape[0] / segments, segments, columns]).meanOverTokens()
            .repeated(segments)
    }

    /// Rows followed by those of another, `[M + N, C]`.
    func above(_ other: Variable) -> Variable {
        reshaped(to: [1] + shape).concatenatedTokens(with: other.reshaped(to: [1] + other.shape))
            .reshaped(to: [shape[0] + other.shape[0], columns])
    }
}
