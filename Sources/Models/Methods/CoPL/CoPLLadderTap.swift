import Neural
import Tensors

/// What one stream does at one tap of a CoPL ladder.
struct CoPLLadderTap: Module {
    let norm: LayerNorm
    let projection: Linear

    /// `[N, d]`; nil without these rows.
    let specific: Parameter?
    let attentionNorm: LayerNorm
    let attention: MultiHeadAttention
    let feedForwardNorm: LayerNorm
    let up: Linear
    let down: Linear

    /// Whether a class token stands for the whole.
    private let hasClassToken: Bool
    private let options: CoPLOptions

    var parameters: [Parameter] {
        norm.parameters + projection.parameters + (specific.map { [$0] } ?? [])
            + attentionNorm.parameters + attention.parameters + feedForwardNorm.parameters
            + up.parameters + down.parameters
    }

    init(
        _ name: String, _ shape: StreamShape, features: Int, _ options: CoPLOptions,
        using generator: inout SplitMix64
    ) {
        let width = options.width
        norm = LayerNorm("\(name).norm", features: features)
        projection = Linear(
            "\(name).projection", inputs: features, outputs: width, hasBias: false,
            using: &generator)
        specific =
            options.specific > 0
            ? Parameter(
                "\(name).specific",
                .normal(deviation: 0.02, shape: [options.specific, width], using: &generator),
                decays: false) : nil
        attentionNorm = LayerNorm("\(name).attend.norm", features: width)
        attention = MultiHeadAttention(
            "\(name).attend.attention", features: width, heads: options.heads, using: &generator)
        feedForwardNorm = LayerNorm("\(name).feedForward.norm", features: width)
        up = Linear(
            "\(name).feedForward.up", inputs: width, outputs: 2 * width, using: &generator)
        down = Linear(
            "\(name).feedForward.down", inputs: 2 * width, outputs: width, using: &generator)
        hasClassToken = shape.pooling.firstPatch > 0
        self.options = options
    }

    /// T, `[rows, N, d]`: of the patches, behind the class token where there is one.
    func tokens(_ states: StreamStates.Tap) -> Variable {
        let patches = norm(states.patches, then: projection)
        guard hasClassToken else { return patches }
        let whole = norm(states.classToken, then: projection)
        return whole.reshaped(to: [whole.shape[0], 1, whole.columns])
            .concatenatedTokens(with: patches)
    }

    /// What stands for the whole of T, `[rows, d]`.
    func pooled(_ tokens: Variable) -> Variable {
        hasClassToken ? tokens.token(at: 0) : tokens.meanOverTokens()
    }

    /// The prompts after this tap, `[rows, N, d]`.
    func climb(
        _ below: Variable?, own: Variable, other: Variable, _ interaction: Parameter?,
        bank: Variable?
    ) -> Variable {
        let tape = own.tape, count = own.shape[0]
        let shared = [specific, interaction].compactMap(\.self).map { tape.variable($0) }
        let rows = Prompts.Rows(
            shared: shared.isEmpty ? nil : shared.dropFirst().reduce(shared[0]) { $0.above($1) },
            own: bank)
        guard let joined = rows.joined(for: count) else {
            preconditionFailure("a ladder without prompts")
        }
        let added = joined.shape.count == 3 ? joined : joined.repeatedOverBatch(count)
        var z = below.map { $0 + added } ?? added
        let reads = interaction.map { _ in own.concatenatedTokens(with: other) } ?? own
        z =
            z
            + attention(
                attentionNorm(z), keys: reads,
                mask: mask(rows: z.shape[1], own: own.shape[1], other: other.shape[1], tape))
        return z + down(up(feedForwardNorm(z)).gelu())
    }

    /// Interaction rows see both streams, all others their own.
    private func mask(rows: Int, own: Int, other: Int, _ tape: Tape) -> AttentionMask {
        guard options.interaction > 0 else { return AttentionMask() }
        let joint = options.specific..<options.specific + options.interaction
        let elements = (0..<rows * (own + other)).map { index -> Float in
            let (row, key) = index.quotientAndRemainder(dividingBy: own + other)
            return key < own || joint.contains(row) ? 0 : -.infinity
        }
        return AttentionMask(scores: tape.constant(Tensor(elements, shape: [rows, own + other])))
    }
}
