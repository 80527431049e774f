import Models
import Neural
import Tensors

/// What a run's model is made of, known from its folder alone.
struct ExportedModel {
    let declaration: MethodDeclaration

    /// Widths of the rows that the method returns, by stream.
    let widths: [Models.Stream: Int]

    /// Names of the parameters that are matrices of linear maps.
    let linearMaps: Set<String>

    init(
        _ recipe: TrainingRecipe, _ record: RunFolder.Record,
        streams: [String: BaseModels.StreamSource]
    ) throws {
        var shapes: [Models.Stream: StreamShape] = [:]
        for (name, source) in streams {
            if let stream = Models.Stream(rawValue: name) { shapes[stream] = source.backbone }
        }
        var declaration = try MethodCatalog.declare(
            recipe.method.choice, placement: recipe.placement, streams: shapes)
        _ = declaration.addTokens(
            of: HeadCatalog.tokenStreams(recipe).intersection(shapes.keys), recipe.placement, shapes
        )
        self.declaration = declaration

        // Its values do not matter: modules know what their parameters are, and names do not tell.
        var generator = SplitMix64(seed: 0)
        let method = try MethodCatalog.make(
            recipe.method.choice, placement: recipe.placement, streams: shapes, using: &generator)
        widths = method.widths(beside: shapes)
        let head = try HeadCatalog.make(
            HeadCatalog.Site(
                recipe: recipe, widths: widths, classes: record.labels(recipe.task).count,
                words: record.words), using: &generator)
        linearMaps = Set(
            (method.parameters + head.parameters).filter(\.isLinearMap).map(\.name))
    }
}
