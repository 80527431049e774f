import ArgumentParser
import Training

/// Options of every command that trains a recipe.
struct RecipeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The recipe, a YAML file.", valueName: "file"))
    var recipe: String

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Override a key of the recipe, such as optimizer.clip=0.5.", valueName: "key=value"))
    var overrides: [String] = []

    /// The recipe with all overrides, of which later ones win.
    func recipe(also more: [String] = []) throws -> TrainingRecipe {
        try TrainingRecipe(reading: recipe, overrides: overrides + more)
    }
}
