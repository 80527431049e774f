import Datasets
import Models

extension TrainingRecipe {
    /// What does not fit together of task, head, supervision and quirks; nil if nothing.
    var taskDefect: String? {
        let heads = HeadCatalog.names(of: task)
        guard heads.contains(head.name) else {
            let all = Set(Task.allCases.flatMap(HeadCatalog.names))
            if all.contains(head.name) {
                return "head '\(head.name)' is not of task \(task.rawValue) (its heads: "
                    + "\(heads.joined(separator: ", ")))"
            }
            let hint = Misspelling.nearest(to: head.name, in: heads)
            return "head '\(head.name)' is unknown (known: \(heads.joined(separator: ", ")))"
                + (hint.map { "; did you mean '\($0)'?" } ?? "")
        }
        return headDefect ?? quirkDefect ?? (task == .avqa ? questionDefect : eventDefect)
    }

    /// A setting of another head than the recipe's.
    private var headDefect: String? {
        let fresh = Head()
        func isForeign(_ heads: [String], _ isSet: Bool) -> Bool {
            isSet && !heads.contains(head.name)
        }
        let settings: [(String, Bool)] = [
            ("spatialAttention", isForeign(["cmbs"], head.spatialAttention)),
            ("interModules", isForeign(["cmbs"], !head.interModules)),
            ("gateFactor", isForeign(["cmbs"], head.gateFactor != fresh.gateFactor)),
            ("negatives", isForeign(["st-avqa"], head.negatives != fresh.negatives)),
            ("matchWeight", isForeign(["st-avqa"], head.matchWeight != fresh.matchWeight)),
            ("question", task != .avqa && head.question != fresh.question),
        ]
        if let (name, _) = settings.first(where: { $0.1 }) {
            return "head.\(name) is no setting of head \(head.name)"
        }
        guard head.gateFactor == -1 || 0...1 ~= head.gateFactor else {
            return "head.gateFactor is \(head.gateFactor); it must lie in 0…1, or be −1"
        }
        return nil
    }

    private var eventDefect: String? {
        if groupBy == .clip {
            return "groupBy: clip is of task avqa; events are told apart by segments of one sample"
        }
        return nil
    }

    private var questionDefect: String? {
        if supervision == .weak { return "supervision: weak is of task avel" }
        if augmentation.mixup > 0 {
            return "augmentation.mixup mixes states, and questions cannot be mixed"
        }
        if head.question == .encoder, features.text.isEmpty {
            return
                "head.question: encoder reads cached texts; name their feature as features.text, or "
                + "take lstm"
        }
        let asks = method.name == "lstta" && method.options["language"] != "off"
        if groupBy == .clip, asks, !features.text.isEmpty {
            return
                "groupBy: clip shares sight and sound among questions, and method lstta changes them by "
                + "each question; take groupBy: sample, or method.language off"
        }
        if negatives == .inBatch, accumulation > 1 {
            return
                "accumulation is \(accumulation); head.negatives: in-batch come from the part of the "
                + "batch that is computed at once, so that parts are not the whole"
        }
        return nil
    }

    /// A quirk that has nothing to act on.
    private var quirkDefect: String? {
        let isClassifier = head.name != "cmbs"
        for (index, quirk) in quirks.enumerated() {
            if quirks[..<index].contains(where: { $0.kind == quirk.kind }) {
                return "quirks has \(quirk.title) twice"
            }
            let needs: (String, Bool) =
                switch quirk.kind {
                case .extraStep, .discardedGradients: ("accumulation 1", accumulation == 1)
                case .selectOnTest:
                    ("selection val beside it, which it replaces", selection == .val)
                case .gateDoubleSigmoid:
                    ("head cmbs, fully supervised", !isClassifier && supervision == .full)
                case .weakDoubleSigmoid:
                    ("head cmbs, weakly supervised", !isClassifier && supervision == .weak)
                case .softmaxThenMargin: ("supervision weak", supervision == .weak)
                case .binaryOnSoftmax:
                    (
                        "a head of task avel other than cmbs, fully supervised",
                        task == .avel && isClassifier && supervision == .full
                    )
                case .batchMean, .staysInEvaluation: ("task avel", task == .avel)
                case .headAtMethodRate:
                    ("no Q11 beside it, which has all at one rate", !has(.singleParameterGroup))
                case .typesFromTestFile, .singleParameterGroup: ("task avqa", task == .avqa)
                case .frozenNegatives:
                    (
                        "head st-avqa with negatives auto",
                        head.name == "st-avqa" && head.negatives == .auto
                    )
                }
            guard needs.1 else { return "quirk \(quirk.title) needs \(needs.0)" }
        }
        if has(.extraStep), has(.discardedGradients) {
            return "quirks Q1 and Q2 are of two loops, of which a run has one"
        }
        let hasOwnTargets = has(.softmaxThenMargin) || has(.binaryOnSoftmax)
        if hasOwnTargets, loss != Loss() {
            return "quirks Q7 and Q8 have a loss without label smoothing and class weights"
        }
        return nil
    }
}
