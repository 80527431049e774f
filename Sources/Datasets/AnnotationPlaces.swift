import Foundation

/// Where the annotation files of a layout may lie.
struct AnnotationPlaces {
    let root: String

    /// Folders below the root, besides the root itself, in the order in which they are searched.
    let folders: [String]

    /// Path of the first of some names that is in one of the places; nil where none is.
    ///
    /// A name is looked for everywhere before the next one is.
    func find(_ names: [String]) -> String? {
        for name in names {
            for folder in [""] + folders.map({ $0 + "/" }) {
                let path = "\(root)/\(folder)\(name)"
                if FileManager.default.fileExists(atPath: path) { return path }
            }
        }
        return nil
    }

    func find(_ name: String) -> String? { find([name]) }

    /// Path of a file without which a layout cannot be read.
    ///
    /// - Throws: ``AnnotationError`` of kind `missing`.
    func require(_ name: String) throws(AnnotationError) -> String {
        if let path = find(name) { return path }
        throw AnnotationError("read \(root)/\(name)", "No such file", .missing)
    }

    /// Why a data set cannot be read that has none of its files.
    func noneFound(_ names: [String]) -> AnnotationError {
        AnnotationError(
            "read data set \(root)", "none of \(names.joined(separator: ", ")) is there", .missing)
    }
}

extension DatasetManifest {
    /// The splits in the usual order: train, val, test, then others by name.
    var orderedSplits: [(name: String, file: String)] {
        let usual = ["train": 0, "val": 1, "test": 2]
        return splits.map { (name: $0.key, file: $0.value) }
            .sorted { (usual[$0.name] ?? 3, $0.name) < (usual[$1.name] ?? 3, $1.name) }
    }
}
