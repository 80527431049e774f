import ArgumentParser
import Datasets
import Foundation
import Media
import Storage

/// `avprep inspect`: what a media file, a data set or a cache says of itself.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Print what is in a media file, in a data set's folder, or in a cache.",
        discussion: """
            Of a file, streams that clips are taken from are marked with *. Of a data set, what was \
            found is set against what its official edition has. Of a cache, each feature is \
            described, or all that is known of one clip.
            """)

    @Argument(help: "A media file, or the folder of a data set.")
    var file: String?

    @Option(help: ArgumentHelp("The data set's name or manifest.", valueName: "name"))
    var dataset: String?

    @Option(help: ArgumentHelp("Folder of a cache, in place of a file.", valueName: "folder"))
    var cache: String?

    @Option(help: ArgumentHelp("A clip of the cache.", valueName: "id"))
    var clip: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (file == nil) != (cache == nil) else {
            throw ValidationError(
                "Name a media file, a data set's folder, or a cache with --cache.")
        }
        guard dataset == nil || file != nil else {
            throw ValidationError("--dataset belongs to a data set's folder, not to --cache.")
        }
        guard clip == nil || cache != nil else {
            throw ValidationError("--clip belongs to --cache.")
        }
    }

    func run() throws {
        let console = output.console
        if let file, let dataset {
            let report = DatasetReport(
                try DatasetCatalog.read(file, as: dataset, indices: RecordNumbers.read))
            console.print(report.json) { report.text }
        } else if let file {
            let summary = try MediaFile.summary(of: file)
            console.print([summary.json(file)]) { summary.text }
        } else if let cache {
            let cache = try Cache(opening: cache)
            if let clip {
                let report = try ClipReport(of: clip, in: cache)
                console.print(report.json) { report.text }
            } else {
                for name in cache.featureNames() { try show(cache.feature(name), console) }
            }
        }
    }

    private func show(_ feature: Feature, _ console: Console) throws {
        let shards = try feature.index().shards
        let arrays = shards.first?.arrays ?? []
        let recipe = try feature.recipe()
        let item: JSONValue = [
            "type": "item", "feature": .string(feature.name),
            "shards": .number(Double(shards.count)),
            "rows": .number(Double(shards.map(\.clips.count).reduce(0, +))),
            "arrays": .array(arrays.map(\.json)), "recipe": recipe?.fields ?? [:],
            "fingerprint": .string(recipe?.fingerprint ?? ""),
        ]
        console.print([item]) {
            let lines = arrays.map { "  /\($0.name) \($0.type) \($0.shape)\n" }.joined()
            return
                "\(feature.name): \(shards.count) shards\n\(lines)  \(recipe?.fields.text ?? "")\n"
        }
    }
}

extension ArraySpecification {
    var json: JSONValue {
        [
            "name": .string(name), "type": .string("\(type)"),
            "shape": .array(shape.map { .number(Double($0)) }),
        ]
    }
}
