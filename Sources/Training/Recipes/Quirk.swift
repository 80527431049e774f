import Datasets

/// A fault of published training code, as a switch that repeats it.
///
/// Written by its number, as `Q1`, or by its name, as `opt.extra_step(8)`. Results that had one say so.
public struct Quirk: Sendable, Equatable {
    public enum Kind: String, CaseIterable, Sendable {
        case extraStep = "opt.extra_step"
        case discardedGradients = "opt.discard_grads"
        case selectOnTest = "select.split=test"
        case gateDoubleSigmoid = "cmbs.gate_double_sigmoid"
        case weakDoubleSigmoid = "cmbs.weak_eval_double_sigmoid"
        case softmaxThenMargin = "ave.weak_softmax_then_margin"
        case binaryOnSoftmax = "ave.linear_bce_on_softmax"
        case batchMean = "metric.batch_mean"
        case typesFromTestFile = "avqa.types_from_test_file"
        case singleParameterGroup = "avqa.single_param_group"
        case headAtMethodRate = "dgsct.dead_lr_mlp"
        case frozenNegatives = "avqa.neg_frame_no_adapter"
        case staysInEvaluation = "ecv18.val_stays_eval"
    }

    public let kind: Kind

    /// Every how many batches, of those that count batches; 1 of others.
    public let every: Int

    public init(_ kind: Kind, every: Int? = nil) {
        self.kind = kind
        self.every = every ?? kind.every ?? 1
    }

    /// Such as `Q1 opt.extra_step(8)`.
    public var title: String { "\(kind.number) \(name)" }

    private var name: String { kind.every == nil ? kind.rawValue : "\(kind.rawValue)(\(every))" }
}

extension Quirk.Kind {
    /// Its number in the table of quirks.
    var number: String {
        switch self {
        case .extraStep: "Q1"
        case .discardedGradients: "Q2"
        case .selectOnTest: "Q3"
        case .gateDoubleSigmoid: "Q5"
        case .weakDoubleSigmoid: "Q6"
        case .softmaxThenMargin: "Q7"
        case .binaryOnSoftmax: "Q8"
        case .batchMean: "Q9"
        case .typesFromTestFile: "Q10"
        case .singleParameterGroup: "Q11"
        case .headAtMethodRate: "Q12"
        case .frozenNegatives: "Q15"
        case .staysInEvaluation: "Q20"
        }
    }

    /// Every how many batches, as published; nil for what counts none.
    fileprivate var every: Int? {
        switch self {
        case .extraStep: 8
        case .discardedGradients: 2
        default: nil
        }
    }
}

extension Quirk: Codable {
    /// Quirks of published code that no recipe can have, and why: a cache rules out what is random below it.
    private static let impossible = [
        "Q4": (
            "frozen.train_mode",
            cached("it draws drop-path and batch statistics in the frozen blocks")
        ),
        "Q13": ("head.dead_modules", "is of heads with parts that are never used; none has these"),
        "Q14": ("avmoe.warm_start", "is of method AVMoE, which is not here"),
        "Q16": ("valor.pad_sim_zero", "is of retrieval, which is no task here"),
        "Q17": ("meld.weights_as_indexed", "is of MELD, which has no task here"),
        "Q18": ("ave.window_linspace", "is of extraction, which cuts sound where segments are"),
        "Q19": ("ave.header_offset", "is of annotations, which are read as they are numbered"),
        "Q21": ("lst.frozen_dropout", cached("it draws dropout in the frozen blocks")),
        "Q22": ("dtl.drop_path", cached("it draws which frozen blocks are left out")),
        "Q23": ("proto.seed_fixed", "is a seed; set that"),
        "Q24": (
            "lavish.start_tune_skips_blocks",
            "leaves out blocks that have made the states of the cache"
        ),
        "Q25": (
            "dgsct.audio_mixup_unlabelled",
            cached("it mixes what the frozen audio backbone reads at random")
        ),
        "Q26": ("lavish.avs_gate_before_norm", "is of segmentation, which is no task here"),
    ]

    private static func cached(_ reason: String) -> String {
        "cannot be had from a cache: \(reason), and their states are cached"
    }

    private static let known =
        Kind.allCases.flatMap { [$0.number, $0.rawValue] }
        + impossible.flatMap { [$0.key, $0.value.0] }

    public init(from decoder: any Decoder) throws {
        let word = try decoder.singleValueContainer().decode(String.self)
        func failure(_ reason: String) -> DecodingError {
            DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: reason))
        }
        let parts = word.split(separator: "(", maxSplits: 1)
        let name = parts.first.map(String.init) ?? word
        if let (number, (title, reason)) = Self.impossible.first(where: {
            [$0.key, $0.value.0].contains(name)
        }) {
            throw failure("quirk \(number) \(title) \(reason)")
        }
        guard let kind = Kind.allCases.first(where: { [$0.number, $0.rawValue].contains(name) })
        else {
            let hint = Misspelling.nearest(to: name, in: Self.known)
            throw failure(
                "quirk '\(word)' is unknown\(hint.map { "; did you mean '\($0)'?" } ?? "")")
        }
        guard parts.count == 2 else {
            self.init(kind)
            return
        }
        guard kind.every != nil, parts[1].last == ")", let every = Int(parts[1].dropLast()),
            1...1_000_000 ~= every
        else { throw failure("quirk '\(word)' is not of the form \(Quirk(kind).name)") }
        self.init(kind, every: every)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
