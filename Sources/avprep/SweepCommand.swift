import ArgumentParser
import Foundation
import Storage
import Training

/// `avprep sweep`: a recipe for several seeds and settings, trained side by side.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Train a recipe for several seeds and settings in one pass over the cache.",
        discussion: """
            Every run has a folder of its own below --runs, and is what avprep train makes of its \
            recipe, to the bit. What runs read alike is read once; so that seeds do, the order of the \
            samples is that of the first seed unless the recipe sets orderSeed. A run that fails is \
            named, and the others go on; the exit status is then 1.
            """)

    @OptionGroup var cache: CacheOptions

    @Option(help: ArgumentHelp("Folder of the runs.", valueName: "folder"))
    var runs: String

    @OptionGroup var reading: ReadingOptions

    @OptionGroup var recipe: RecipeOptions

    @Option(help: ArgumentHelp("Seeds, such as 0..4 or 0,2,5.", valueName: "seeds"))
    var seeds = "0..4"

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Values of a key, each of which is trained, such as optimizer.learningRate=1e-4,3e-4.",
            valueName: "key=value,value"))
    var grid: [String] = []

    @Option(help: ArgumentHelp("The split of the table at the end.", valueName: "val|test"))
    var split = "val"

    @OptionGroup var training: TrainingOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        let interruption = Interruption()
        let grid: SweepGrid
        do {
            grid = try SweepGrid(axes: self.grid, seeds: seeds)
        } catch {
            throw ValidationError(error.description)
        }
        let recipes = try grid.points.map { point in
            var recipe = try recipe.recipe(also: point.settings + ["seed=\(point.seed)"])
            if recipe.orderSeed < 0 { recipe.orderSeed = grid.points[0].seed }
            return recipe
        }
        let opened = try Cache(opening: cache.path)
        let absent = try reading.absentClips(of: opened)
        let folders = grid.points.map { "\(runs)/\($0.name)" }
        func train() throws -> TrainingOptions.Report {
            let trainer = try Trainer(
                Array(zip(recipes, folders)), cache: opened, leavingOut: absent,
                threads: reading.threads)
            return try training.run(
                trainer, output.console, names: grid.points.map(\.name), interruption)
        }
        // The trainer's memory is given back before runs are evaluated.
        let report = try train()
        func stopIfInterrupted() throws {
            guard let outcome = interruption.outcome else { return }
            output.console.summarise(["command": "sweep", "cancelled": true]) {
                "sweep: interrupted; --resume continues"
            }
            throw outcome
        }
        try stopIfInterrupted()
        let table = try SweepTable(
            grid.points.indices.filter { report.failures[$0] == nil }.map { index in
                try stopIfInterrupted()
                return (
                    grid.points[index],
                    try Evaluation.evaluate(
                        run: folders[index], cache: opened, split: split, leavingOut: absent,
                        threads: reading.threads)
                )
            })
        output.console.print(table.json(split: split)) { table.text(split: split) }
        if let outcome = report.outcome { throw outcome }
    }
}
