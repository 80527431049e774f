import Models
import Neural
import Storage

/// The streams of a model: what is read of each, and the blocks of each that run.
struct StreamSet: Sendable {
    let readers: [Stream: StateReader]
    let suffixes: [Stream: FrozenSuffix]
    let shapes: [Stream: StreamShape]
    let declaration: MethodDeclaration

    /// The streams of which the head reads all final tokens.
    let headTokens: Set<Stream>

    /// Rows of a clip.
    let segments: Int

    /// The same states of changed input, from other caches.
    private(set) var views: [(cache: Cache, readers: [Stream: StateReader])] = []

    /// Opens what a recipe needs of a cache.
    ///
    /// - Throws: ``TrainingError`` of kind `recipe` if the method cannot be trained there, of kind `cache`
    ///   if the cache does not have its seams, or they are of another backbone.
    ///
    /// Views are what training reads beside the cache, and nothing else does.
    init(
        _ cache: Cache, _ recipe: TrainingRecipe, withViews: Bool = false, operation: String
    ) throws {
        let names = recipe.features.names, readsClips = recipe.head.name != "question"
        guard !names.isEmpty || !readsClips else {
            throw TrainingError(.recipe, operation, "features names none")
        }
        segments = cache.description.segments
        func declare(_ shapes: [Stream: StreamShape]) throws(TrainingError) -> MethodDeclaration {
            do {
                return try MethodCatalog.declare(
                    recipe.method.choice, placement: recipe.placement, streams: shapes,
                    segments: cache.description.segments)
            } catch {
                throw TrainingError(.recipe, operation, error.description)
            }
        }
        var shapes = try names.mapValues {
            try Self.shape(of: cache.feature($0), in: cache, operation)
        }
        _ = try declare(shapes)
        var suffixes: [Stream: FrozenSuffix] = [:]
        if recipe.placement.runsBlocks {
            guard !recipe.head.standardise else {
                throw TrainingError(
                    .recipe, operation,
                    "head.standardise is true, and final features change where blocks run; set it to "
                        + "false")
            }
            for stream in names.streams {
                suffixes[stream] = try SuffixLoading(cache, recipe, operation)
                    .suffix(stream, feature: names[stream] ?? "")
            }
            shapes = suffixes.mapValues(\.shape)
        }
        var declaration = try declare(shapes)
        if recipe.head.standardise,
            let stream = declaration.seams.streams.first(where: { stream in
                !(declaration.seams[stream] ?? []).contains { $0.tokens == .pooled }
            })
        {
            throw TrainingError(
                .recipe, operation,
                "head.standardise is true, and method \(recipe.method.name) does not pass on the pooled "
                    + "\(stream.rawValue) state; set it to false")
        }
        headTokens = HeadCatalog.tokenStreams(recipe).intersection(names.keys)
        let pooledTokens = declaration.addTokens(of: headTokens, recipe.placement, shapes)
        var readers: [Stream: StateReader] = [:]
        for stream in names.streams {
            readers[stream] = try StateReader(
                cache, feature: names[stream] ?? "", seams: declaration.seams[stream] ?? [],
                isDense: recipe.augmentation.temporalJitter,
                readsValidity: declaration.readsValidity,
                isPooledWelcome: pooledTokens.contains(stream), operation: operation)
        }
        guard !readsClips || readers.values.contains(where: { $0.kind == .clips }) else {
            throw TrainingError(
                .recipe, operation,
                "features names texts alone, and head \(recipe.head.name) reads clips")
        }
        if recipe.augmentation.temporalJitter, !readers.values.contains(where: { $0.moments > 1 }) {
            throw TrainingError(
                .recipe, operation,
                "augmentation.temporalJitter needs a cache that is denser than its segments; extract "
                    + "with a whole number of frames for each")
        }
        self.readers = readers
        let own = readers
        views =
            try withViews
            ? recipe.augmentation.views.map { path in
                let view = try Cache(opening: path)
                return (
                    view,
                    try Self.view(
                        view, of: cache, own, names, declaration, pooledTokens, operation)
                )
            } : []
        self.suffixes = suffixes
        self.shapes = shapes
        self.declaration = declaration
    }

    /// The shape of a stream as the feature's recipe has it.
    private static func shape(
        of feature: Feature, in cache: Cache, _ operation: String
    ) throws -> StreamShape {
        let recipe = try StateReader.recipe(of: feature, in: cache, operation)
        guard let roles = TokenRoles(recipe) else {
            throw TrainingError(
                .cache, operation, "feature '\(feature.name)' does not hold token states")
        }
        let arrays = try feature.index().shards.first?.arrays ?? []
        let states = arrays.filter { $0.name.hasPrefix("block_") && $0.shape.count == 3 }
        // A layer that is not cached is missed where it is read; in stages of one width it has that.
        let known = Set(states.map { $0.shape[2] })
        var widths = Array(
            repeating: known.count == 1 ? known.first ?? 0 : 0, count: roles.depth)
        for array in states {
            guard let layer = Int(array.name.dropFirst(6)) else { continue }
            widths[min(layer, roles.depth - 1)] = array.shape[2]
        }
        var counts = Array(repeating: 0, count: roles.depth + 1)
        for array in states {
            guard let layer = Int(array.name.dropFirst(6)), counts.indices ~= layer else {
                continue
            }
            counts[layer] = array.shape[1]
        }
        return StreamShape(
            widths: widths, stages: roles.stages, specials: roles.specials, pooling: roles.pooling,
            tokenCounts: counts)
    }

    /// Opens a view: a cache of the same samples, with the same features of other input.
    private static func view(
        _ view: Cache, of cache: Cache, _ readers: [Stream: StateReader], _ names: [Stream: String],
        _ declaration: MethodDeclaration, _ pooledTokens: Set<Stream>, _ operation: String
    ) throws -> [Stream: StateReader] {
        guard view.description.samples == cache.description.samples else {
            throw TrainingError(.cache, operation, "view \(view.path) is of other samples")
        }
        var others: [Stream: StateReader] = [:]
        for (stream, reader) in readers {
            let other = try StateReader(
                view, feature: names[stream] ?? "", seams: declaration.seams[stream] ?? [],
                isDense: reader.moments > 1, readsValidity: declaration.readsValidity,
                isPooledWelcome: pooledTokens.contains(stream), operation: operation)
            guard other.origin == reader.origin, other.moments == reader.moments else {
                let field = other.origin.differences(from: reader.origin).first
                throw TrainingError(
                    .cache, operation,
                    "the \(stream.rawValue) states of view \(view.path) are made another way: "
                        + "\(field ?? "they have other moments")")
            }
            others[stream] = other
        }
        return others
    }

    /// Fingerprints of the features by stream, for a run's record.
    var fingerprints: [String: String] {
        var fingerprints: [String: String] = [:]
        for (stream, reader) in readers { fingerprints[stream.rawValue] = reader.fingerprint }
        for (number, view) in views.enumerated() {
            for (stream, reader) in view.readers {
                fingerprints["view \(number + 1), \(stream.rawValue)"] = reader.fingerprint
            }
        }
        return fingerprints
    }
}
