import ArgumentParser
import Foundation
import Pipeline
import Storage

/// `avprep compare`: how far the token states of two caches are from each other.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare the token states of the same clips in two caches, layer by layer.",
        discussion: """
            A and B are caches, whose features of the same names are compared, or folders of one \
            feature each, such as cache/states-vit-visual; they may differ in number type. For each \
            layer: the relative error ‖A − B‖ / ‖B‖ and the cosine over all values that are valid, the \
            largest difference, and the clip that is worst in each. Exit status: 4 if a feature, a \
            clip, a layer or a token is on one side only, or if a clip differs by more than --tolerance; else 0.
            """)

    @Argument(help: "A cache, or the folder of a feature: what is judged.")
    var a: String

    @Argument(help: "Another one: what it is held against.")
    var b: String

    @Option(
        help: ArgumentHelp(
            "Greatest relative error that a layer of a clip may have.", valueName: "number"))
    var tolerance: Double?

    @Option(
        help: ArgumentHelp(
            "Clips compared at a time (default: one for each core).", valueName: "count"))
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard 1...1024 ~= jobs else { throw ValidationError("--jobs must lie in 1…1024.") }
        guard tolerance.map({ $0 >= 0 }) != false else {
            throw ValidationError("--tolerance must not be negative.")
        }
    }

    func run() throws {
        let interruption = Interruption(), (pairs, alone) = try features()
        var isSame = alone.isEmpty
        for feature in alone {
            output.console.warn("\(feature.path) has no counterpart in the other cache")
        }
        for (a, b) in pairs {
            let comparison: StateComparison
            do {
                comparison = try StateComparison(a, b, jobs: jobs) { interruption.hasHappened }
            } catch is CancellationError {
                throw interruption.outcome ?? .interrupted
            }
            let report = ComparisonReport(comparison, tolerance: tolerance)
            output.console.print(report.json) { report.text }
            isSame = isSame && report.isSame
        }
        if !isSame { throw Outcome.differenceFound }
    }

    /// The features that are compared with each other, and those that only one of the caches has.
    private func features() throws -> (pairs: [(Feature, Feature)], alone: [Feature]) {
        let (a, b) = (Self.place(a), Self.place(b))
        guard let cacheA = try Self.cache(a), let cacheB = try Self.cache(b) else {
            return ([(Self.feature(a), Self.feature(b))], [])
        }
        func states(_ cache: Cache) -> Set<String> {
            Set(cache.featureNames().filter { $0.hasPrefix("states-") || $0.hasPrefix("text-") })
        }
        let (namesA, namesB) = (states(cacheA), states(cacheB))
        let common = namesA.intersection(namesB).sorted()
        guard !common.isEmpty else {
            throw StorageError(
                .missing, "compare \(a) with \(b)",
                "they have no states of the same name; name two "
                    + "folders of states")
        }
        return (
            common.map { (cacheA.feature($0), cacheB.feature($0)) },
            namesA.subtracting(namesB).sorted().map(cacheA.feature)
                + namesB.subtracting(namesA).sorted().map(cacheB.feature)
        )
    }

    /// A path without slashes at its end.
    private static func place(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// The cache in a folder; nil if it is the folder of a feature.
    private static func cache(_ path: String) throws -> Cache? {
        FileManager.default.fileExists(atPath: "\(path)/recipe.json")
            ? nil : try Cache(opening: path)
    }

    private static func feature(_ path: String) -> Feature {
        let url = URL(filePath: path)
        return Feature(
            name: url.lastPathComponent,
            cache: place(url.deletingLastPathComponent().path(percentEncoded: false)))
    }
}
