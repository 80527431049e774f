import Foundation
import Models
import TestSupport
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
        ("task: avqa", "task 'avqa' is unknown (known: avel)"),
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

    /// The recipes that come with the program.
    @Test(arguments: [
        "ave-linear-probe", "ave-av-pea", "ave-av-pea-suffix", "ave-lora", "ave-vpt-deep",
    ])
    func ownRecipesAreValid(name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        _ = try TrainingRecipe(
            reading: root.appending(path: "manifests/recipes/\(name).yaml").path())
    }
}
