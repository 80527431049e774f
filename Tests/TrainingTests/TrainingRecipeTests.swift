import Models
import Testing

@testable import Training

@Suite struct TrainingRecipeTests {
    private func recipe(_ yaml: String, _ overrides: [String] = []) throws -> TrainingRecipe {
        try TrainingRecipe(yaml: yaml, overrides: overrides, operation: "read recipe r.yaml")
    }

    @Test(arguments: ["", "# nothing but a comment", "{}"])
    func emptyRecipeIsTheDefault(yaml: String) throws {
        #expect(try recipe(yaml) == TrainingRecipe())
    }

    @Test func keysAndOverridesAreTaken() throws {
        let recipe = try recipe(
            "method: {name: av-pea}\nplacement: {ladder: [3, 6]}\noptimizer: {clip: 2}",
            ["optimizer.clip=0.5", "optimizer.weightDecay=0", "placement={ladder: [1]}", "seed=7"])
        #expect(recipe.method == TrainingRecipe.Method(name: "av-pea"))
        #expect(recipe.method.options["width"] == 128)
        #expect(recipe.placement == .ladder([1]))
        #expect(recipe.optimizer.clip == 0.5)
        #expect(recipe.optimizer.weightDecay == 0)
        #expect(recipe.optimizer.learningRate == 3e-4)
        #expect(recipe.seed == 7)
    }

    @Test func resolvedRecipeRoundTrips() throws {
        let original = try recipe("placement: {ladder: [3, 6]}\noptimizer: {learningRate: 0.1}")
        #expect(try recipe(original.yaml) == original)
        #expect(try recipe(TrainingRecipe().yaml) == TrainingRecipe())
    }

    @Test(arguments: [
        ("suffix: 8", Placement.suffix(8)),
        (
            "suffix: {visual: 8, audio: 8, text: 10}",
            .suffix(.each([.visual: 8, .audio: 8, .text: 10]))
        ),
        (
            "ladder: {visual: [3, 6], audio: [1, 2]}",
            .ladder(.each([.visual: [3, 6], .audio: [1, 2]]))
        ),
        (
            "hybrid: {below: [0, 1], from: 2}",
            .hybrid(.init(below: .all([0, 1]), from: 2))
        ),
    ])
    func placementsRoundTrip(yaml: String, placement: Placement) throws {
        let recipe = try recipe("placement: {\(yaml)}")
        #expect(recipe.placement == placement)
        #expect(try self.recipe(recipe.yaml) == recipe)
    }

    @Test(arguments: [
        ("epoch: 3", "key 'epoch' is unknown; did you mean 'epochs'?"),
        (
            "optimizer: {learningrate: 1}",
            "key 'optimizer.learningrate' is unknown; did you mean 'optimizer.learningRate'?"
        ),
        ("epochs: many", "key 'epochs' has a value of another kind"),
        ("epochs: 0", "epochs is 0; it must lie in 1…1000000"),
        ("batch: 9223372036854775807", "batch is 9223372036854775807; it must lie in 1…1000000"),
        ("optimizer: {learningRate: .nan}", "optimizer.learningRate is nan; it must be positive"),
        ("schedule: {warmup: 2}", "schedule.warmup is 2.0; it must lie in 0…1"),
        ("orderSeed: -2", "orderSeed is -2; it must be −1 or more"),
        ("accumulation: 17", "accumulation is 17; a batch of 16 has no more parts"),
        ("averaging: {decay: 1}", "averaging.decay is 1.0; it must lie in 0…1, 1 excluded"),
        (
            "optimizer: {name: adamW}",
            "key 'optimizer.name': 'adamW' is unknown (known: adamw, adam, sgd); did you mean 'adamw'?"
        ),
        (
            "optimizer: {nesterov: true}",
            "optimizer.nesterov needs optimizer.name sgd and a momentum"
        ),
        (
            "augmentation: {randomCrop: 0.5}",
            "augmentation.randomCrop would change what the frozen backbone reads, and its states are "
                + "cached; make another cache of changed input and list it in augmentation.views "
                + "instead"
        ),
        (
            "augmentation: {mixUp: 0.5}",
            "key 'augmentation.mixUp' is unknown; did you mean 'augmentation.mixup'?"
        ),
        (
            "task: avq",
            "key 'task': 'avq' is unknown (known: avel, avqa); did you mean 'avqa'?"
        ),
        (
            "head: {name: cbms}",
            "head 'cbms' is unknown (known: linear, mlp, lavish, attention-pooling, cmbs); did you mean "
                + "'cmbs'?"
        ),
        (
            "head: {name: st-avqa}",
            "head 'st-avqa' is not of task avel (its heads: linear, mlp, lavish, attention-pooling, cmbs)"
        ),
        (
            "head: {spatialAttention: true}",
            "head.spatialAttention is no setting of head linear"
        ),
        (
            "groupBy: clip",
            "groupBy: clip is of task avqa; events are told apart by segments of one sample"
        ),
        (
            "task: avqa",
            "head.question: encoder reads cached texts; name their feature as features.text, or take "
                + "lstm"
        ),
        (
            "{task: avqa, head: {name: st-avqa, question: lstm}, accumulation: 2, method: {name: lora}}",
            "accumulation is 2; head.negatives: in-batch come from the part of the batch that is computed "
                + "at once, so that parts are not the whole"
        ),
        (
            "placement: side",
            "key 'placement': 'side' is not head, ladder, {ladder: [layers]}, {suffix: block} or {hybrid: "
                + "{below: [layers], from: block}}"
        ),
        (
            "placement: {suffix: 3, ladder_: [1]}",
            "key 'placement': {ladder_, suffix} is not head, ladder, {ladder: [layers]}, {suffix: block} or "
                + "{hybrid: {below: [layers], from: block}}"
        ),
        (
            "schedule: {name: plateau, factor: 1}",
            "schedule.factor is 1.0; plateau needs one below 1"
        ),
        (
            "schedule: {name: milestones}",
            "schedule.name is milestones and schedule.milestones []; the one needs the other"
        ),
        (
            "schedule: {name: step, milestones: [3]}",
            "schedule.name is step and schedule.milestones [3]; the one needs the other"
        ),
        (
            "schedule: {name: milestones, milestones: [3, 3]}",
            "schedule.milestones is [3, 3]; it must list numbers of epochs, ascending"
        ),
        (
            "augmentation: {tokenDropping: 0.5}",
            "augmentation.tokenDropping leaves out patches that a ladder reads; placement head needs "
                + "all tokens"
        ),
        (
            "augmentation: {temporaljitter: true}",
            "key 'augmentation.temporaljitter' is unknown; did you mean 'augmentation.temporalJitter'?"
        ),
        (
            "method: {name: lora, rnak: 4}",
            "key 'method.rnak' is unknown; did you mean 'method.rank'?"
        ),
        (
            "placement: {suffix: {video: 3}}",
            "key 'placement.suffix': 'video' is no stream (known: visual, audio, text)"
        ),
    ])
    func wrongRecipeIsNamed(yaml: String, reason: String) {
        let error = #expect(throws: TrainingError.self) { try recipe(yaml) }
        #expect(error?.description == "cannot read recipe r.yaml: \(reason)")
        #expect(error?.kind == .recipe)
    }

    @Test func quirksAreKnownByNumberAndByName() throws {
        let recipe = try recipe("quirks: [opt.discard_grads(3), Q3]")
        #expect(recipe.quirks.map(\.title) == ["Q2 opt.discard_grads(3)", "Q3 select.split=test"])
        #expect(recipe.selectingSplit == "test")
        #expect(try self.recipe(recipe.yaml) == recipe)
        #expect(TrainingRecipe().selectingSplit == "val")
    }

    @Test(arguments: [
        ("Q99", "quirk 'Q99' is unknown; did you mean 'Q9'?"),
        ("opt.extra_stp", "quirk 'opt.extra_stp' is unknown; did you mean 'opt.extra_step'?"),
        (
            "Q4",
            "quirk Q4 frozen.train_mode cannot be had from a cache: it draws drop-path and batch "
                + "statistics in the frozen blocks, and their states are cached"
        ),
        (
            "dtl.drop_path",
            "quirk Q22 dtl.drop_path cannot be had from a cache: it draws which frozen blocks are left "
                + "out, and their states are cached"
        ),
        (
            "Q18",
            "quirk Q18 ave.window_linspace is of extraction, which cuts sound where segments are"
        ),
        ("Q1(x)", "quirk 'Q1(x)' is not of the form opt.extra_step(8)"),
    ])
    func quirkThatCannotBeIsNamed(quirk: String, reason: String) {
        let error = #expect(throws: TrainingError.self) { try recipe("quirks: [\(quirk)]") }
        #expect(error?.reason.hasSuffix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        ("Q5", "quirk Q5 cmbs.gate_double_sigmoid needs head cmbs, fully supervised"),
        ("Q7", "quirk Q7 ave.weak_softmax_then_margin needs supervision weak"),
        ("Q15", "quirk Q15 avqa.neg_frame_no_adapter needs head st-avqa with negatives auto"),
        ("Q1, Q1", "quirks has Q1 opt.extra_step(8) twice"),
        ("Q20, Q11", "quirk Q11 avqa.single_param_group needs task avqa"),
        ("Q1, Q2", "quirks Q1 and Q2 are of two loops, of which a run has one"),
    ])
    func quirkWithoutEffectIsRefused(quirks: String, reason: String) {
        let error = #expect(throws: TrainingError.self) { try recipe("quirks: [\(quirks)]") }
        #expect(error?.reason == reason)
    }

    @Test func textThatIsNoMappingIsRefused() {
        #expect(throws: TrainingError.self) { try recipe("- a\n- b") }
        #expect(throws: TrainingError.self) { try recipe("a: [") }
        let override = #expect(throws: TrainingError.self) { try recipe("", ["clip"]) }
        #expect(override?.reason == "'clip' is not key=value")
    }

    @Test func missingFileIsNamed() {
        let error = #expect(throws: TrainingError.self) {
            try TrainingRecipe(reading: "/nowhere.yaml")
        }
        #expect(error?.description == "cannot read recipe /nowhere.yaml: No such file")
        #expect(error?.kind == .missing)
    }
}
