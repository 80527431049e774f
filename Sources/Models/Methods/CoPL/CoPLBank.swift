import Neural
import Tensors

/// The prompt banks of two streams, whose entries are chosen by the queries of both.
///
///     s_m = cos(q_m, K_m) + cos(C_m̄→m(q_m̄), K_m),   w_m = softmax(s_m / τ)
///     P_m = Σⱼ w_m[j] · B_m[j]
///
/// with q of a stream m, q_m̄ of the other. Cosines divide by lengths of at least 1e-6.
struct CoPLBank: Module {
    /// The map of a query to the width of the other stream.
    enum Coupling {
        /// q + (q V) U, or (q V) U where widths differ.
        case lowRank(down: Linear, up: Linear, isResidual: Bool)
        case map(Linear)

        var parameters: [Parameter] {
            switch self {
            case .lowRank(let down, let up, _): down.parameters + up.parameters
            case .map(let map): map.parameters
            }
        }

        func callAsFunction(_ q: Variable) -> Variable {
            switch self {
            case .lowRank(let down, let up, let isResidual):
                isResidual ? q + up(down(q)) : up(down(q))
            case .map(let map): map(q)
            }
        }
    }

    /// What one stream has of it.
    struct Side: Module {
        /// K, `[M, D]`.
        let keys: Parameter

        /// B, `[M, N, D]`; two where keys and values have entries of their own.
        let prompts: [Parameter]

        /// How the other stream's queries come here; nil if they do not.
        let coupling: Coupling?

        var parameters: [Parameter] { [keys] + prompts + (coupling?.parameters ?? []) }
    }

    /// What has been chosen, for each tensor of prompts `[B, N, D]`, and the pull of keys to queries.
    struct Choice {
        var visual: [Variable]
        var audio: [Variable]
        var penalty: Variable?
    }

    let visual: Side
    let audio: Side
    let options: CoPLOptions

    var parameters: [Parameter] { visual.parameters + audio.parameters }

    /// Chooses for queries `[B, D]` of both streams.
    func callAsFunction(visual v: Variable, audio a: Variable) -> Choice {
        let cosines = (visual: Cosines(visual, v, other: a), audio: Cosines(audio, a, other: v))
        let both =
            options.coupling == .sharedIndex
            ? cosines.visual.scores + cosines.audio.scores : nil
        let (x, xPull) = taken(visual, cosines.visual, both)
        let (y, yPull) = taken(audio, cosines.audio, both)
        return Choice(visual: x, audio: y, penalty: xPull.flatMap { x in yPull.map { x + $0 } })
    }

    /// Entries of one stream's bank.
    private func taken(
        _ side: Side, _ cosines: Cosines, _ shared: Variable?
    ) -> (rows: [Variable], penalty: Variable?) {
        let scores = shared ?? cosines.scores, tape = scores.tape, count = scores.shape[0]
        func table(_ prompts: Parameter) -> Variable {
            let shape = prompts.value.shape
            return tape.variable(prompts).reshaped(to: [shape[0], shape[1] * shape[2]])
        }
        func rows(_ chosen: Variable, _ prompts: Parameter) -> Variable {
            let width = prompts.value.columns
            return chosen.reshaped(to: [count, chosen.count / (count * width), width])
        }
        switch options.selection {
        case .soft:
            let weights = scores.softmax(scale: 1 / options.temperature)
            return (side.prompts.map { rows(weights.product(with: table($0)), $0) }, nil)
        case .topk:
            let chosen = scores.indicesOfLargest(options.selected)
            return (
                side.prompts.map { rows(table($0).gatheredRows(chosen), $0) },
                cosines.pull(chosen, weight: options.pull)
            )
        }
    }

    /// Queries and keys of unit length.
    private struct Cosines {
        let queries: [Variable]
        let keys: Variable

        /// Sums over queries, `[B, M]`.
        let scores: Variable

        init(_ side: Side, _ own: Variable, other: Variable) {
            let keys = own.tape.variable(side.keys).normalisedRows()
            queries = ([own] + (side.coupling.map { [$0(other)] } ?? [])).map {
                $0.normalisedRows()
            }
            let first = queries[0].product(with: keys, transposed: true)
            scores = queries.dropFirst().reduce(first) {
                $0 + $1.product(with: keys, transposed: true)
            }
            self.keys = keys
        }

        /// λ Σ (1 − cos(q, k)) over queries and their chosen keys, as a mean over rows.
        func pull(_ chosen: Variable, weight: Float) -> Variable {
            let keys = keys.gatheredRows(chosen), tape = keys.tape
            let (count, taken, width) = (keys.shape[0], keys.shape[1], keys.shape[2])
            let means = queries.map { query in
                query.reshaped(to: [count, 1, width]).batchedProduct(with: keys, transposed: true)
                    .reshaped(to: [1, count * taken, 1]).meanOverTokens().reshaped(to: [])
            }
            let sum = means.dropFirst().reduce(means[0], +)
            let most = weight * Float(taken)
            return sum.times(-most)
                + tape.constant(Tensor([most * Float(means.count)], shape: []))
        }
    }
}

extension CoPLBank {
    /// Keys uniform within ±1.
    static func keys(
        _ name: String, _ options: CoPLOptions, width: Int, using generator: inout SplitMix64
    ) -> Parameter {
        Parameter(
            "\(name).keys",
            .random(in: -1...1, shape: [options.bankSize, width], using: &generator),
            decays: false)
    }
}
