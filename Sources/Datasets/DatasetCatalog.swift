import Foundation

/// A layout of annotations that avprep understands.
protocol DatasetReader: SendableMetatype {
    /// Reads the annotations of a data set; its media files need not exist.
    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset
}

/// The data sets that avprep knows by name, and the layouts it reads.
public enum DatasetCatalog {
    /// Readers by the name that manifests use.
    static let readers: [String: any DatasetReader.Type] = ["AVE": AVE.self]

    /// Manifests by the name that `--dataset` takes.
    static let manifests: [String: [UInt8]] = ["ave": PackageResources.ave_yaml]

    /// Reads the annotations below `root`.
    ///
    /// - Parameters:
    ///   - root: The data set's folder.
    ///   - name: A known name, or the path of a manifest, which ends in `.yaml`.
    /// - Returns: The data set; whether its media files exist is for others to find out.
    /// - Throws: ``AnnotationError`` that names the file, the line and the field.
    public static func read(_ root: String, as name: String) throws(AnnotationError) -> Dataset {
        let manifest = try manifest(named: name)
        guard let reader = readers[manifest.reader] else {
            let known = readers.keys.sorted().joined(separator: ", ")
            throw AnnotationError(
                "use data set '\(name)'",
                "there is no reader '\(manifest.reader)' (known: \(known))",
                .configuration)
        }
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else {
            throw AnnotationError("read data set \(root)", "No such folder", .missing)
        }
        guard isFolder.boolValue else {
            throw AnnotationError("read data set \(root)", "it is not a folder")
        }
        return try reader.read(manifest, root: root)
    }

    static func manifest(named name: String) throws(AnnotationError) -> DatasetManifest {
        if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let file = try AnnotationFile(reading: name)
            return try DatasetManifest(
                decoding: file.lines.map(\.text).joined(separator: "\n"), from: name)
        }
        guard let bytes = manifests[name] else {
            let known = manifests.keys.sorted().joined(separator: ", ")
            throw AnnotationError(
                "use data set '\(name)'", "it is unknown (known: \(known), or a .yaml file)",
                .configuration)
        }
        return try DatasetManifest(decoding: String(decoding: bytes, as: UTF8.self), from: name)
    }
}
