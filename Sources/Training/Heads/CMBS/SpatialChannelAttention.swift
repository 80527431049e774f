import Neural
import Tensors

/// Pools a segment's map M, `[N, D]`, by its sound a, as the CMBS head does with maps of convolutions.
///
///     S   = LN(M + drop(softmax((M W_q)(M W_k)ᵀ) M W_v))
///     f_s = Σ_n softmax_n(tanh((ReLU(S B₁) ⊙ ReLU(mean_n S · B₂)) b)) S_n
///     M_c = M ⊙ (1 + σ(ReLU(mean_n(ReLU(a A₁) ⊙ ReLU(S V₁)) W_b) W_c))
///     f   = Σ_n softmax_n(tanh((ReLU(M_c V₂) ⊙ ReLU(a A₂)) w)) M_c,n
///     v   = f + β σ(f_s) ⊙ f,   β = 0.4
///
/// All maps have biases; D is 512.
///
/// Source: Xia, Zhao, CVPR 2022, §3.2; the authors' code, `model/main_model.py`.
struct SpatialChannelAttention: Module {
    let query, key, value: Linear
    let norm: LayerNorm
    let own, mean, ownScore: Linear
    let channelSound, channelMap, narrow, widen: Linear
    let map, sound, score: Linear

    var parameters: [Parameter] {
        [query, key, value].flatMap(\.parameters) + norm.parameters
            + [
                own, mean, ownScore, channelSound, channelMap, narrow, widen, map, sound, score,
            ].flatMap(\.parameters)
    }

    init(features: Int, audio: Int, using generator: inout SplitMix64) {
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
            Linear(
                "head.spatial.\(name)", inputs: inputs, outputs: outputs, using: &generator)
        }
        query = linear("query", features, 128)
        key = linear("key", features, 128)
        value = linear("value", features, features)
        norm = LayerNorm("head.spatial.norm", features: features)
        own = linear("own", features, 256)
        mean = linear("mean", features, 256)
        ownScore = linear("own_score", 256, 1)
        channelSound = linear("channel_sound", audio, features)
        channelMap = linear("channel_map", features, features)
        narrow = linear("narrow", features, 256)
        widen = linear("widen", 256, features)
        map = linear("map", features, 256)
        sound = linear("sound", audio, 256)
        score = linear("score", 256, 1)
    }

    /// The pooled map of each segment, `[rows, D]`, from `[rows, N, D]` and `[rows, 128]`.
    func callAsFunction(_ m: Variable, _ a: Variable) -> Variable {
        let (rows, tokens, width) = (m.shape[0], m.shape[1], m.columns)
        /// What each token of a segment is multiplied by alike.
        func overTokens(_ x: Variable) -> Variable {
            x.repeated(tokens).reshaped(to: [rows, tokens, x.columns])
        }
        func pooled(_ x: Variable, _ scores: Variable) -> Variable {
            scores.tanh().reshaped(to: [rows, 1, tokens]).softmax().batchedProduct(with: x)
                .reshaped(to: [rows, width])
        }
        let weights = query(m).batchedProduct(with: key(m), transposed: true).softmax()
        let s = norm(m + weights.batchedProduct(with: value(m)).dropout(0.2))
        let alike = own(s).relu() * overTokens(mean(s.meanOverTokens()).relu())
        let spatial = pooled(s, ownScore(alike))
        let channels = (overTokens(channelSound(a).relu()) * channelMap(s).relu()).meanOverTokens()
        let gate = widen(narrow(channels).relu()).sigmoid()
        let changed = m + m * overTokens(gate)
        let found = pooled(changed, score(map(changed).relu() * overTokens(sound(a).relu())))
        return found + (spatial.sigmoid() * found).times(0.4)
    }
}
