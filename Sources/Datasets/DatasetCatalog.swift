import Foundation

/// A layout of annotations that avprep understands.
protocol DatasetReader: SendableMetatype {
    /// Reads the annotations of a data set; its media files need not exist.
    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset
}

/// A layout that keeps lists of record numbers in HDF5 files.
protocol IndexedDatasetReader: DatasetReader {
    /// Reads the annotations; `indices` is nil where nobody can read such files.
    static func read(
        _ manifest: DatasetManifest, root: String, indices: IndexReader?
    ) throws(AnnotationError) -> Dataset
}

extension IndexedDatasetReader {
    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        try read(manifest, root: root, indices: nil)
    }
}

/// Reads the whole numbers of the dataset `order` in the HDF5 file at a path.
public typealias IndexReader = (_ path: String) throws(AnnotationError) -> [Int]

/// The data sets that avprep knows by name, and the layouts it reads.
public enum DatasetCatalog {
    /// Readers by the name that manifests use.
    static let readers: [String: any DatasetReader.Type] = [
        "AVE": AVE.self,
        "AVSBenchMS3": AVSBenchMS3.self,
        "AVSBenchS4": AVSBenchS4.self,
        "AVSBenchSemantic": AVSBenchSemantic.self,
        "LLP": LLP.self,
        "MELD": MELD.self,
        "MSR-VTT": MSRVTT.self,
        "MSR-VTT-QA": MSRVTTQA.self,
        "MUSIC-AVQA": MUSICAVQA.self,
        "MUStARD": MUStARD.self,
        "VALOR": VALOR.self,
        "VALOR-AVQA": VALORQuestions.self,
        "VGGSound": VGGSound.self,
        "folder": MediaFolder.self,
    ]

    /// Manifests by the name that `--dataset` takes.
    static let manifests: [String: [UInt8]] = [
        "ave": PackageResources.ave_yaml,
        "avsbench-ms3": PackageResources.avsbench_ms3_yaml,
        "avsbench-s4": PackageResources.avsbench_s4_yaml,
        "avsbench-semantic": PackageResources.avsbench_semantic_yaml,
        "folder": PackageResources.folder_yaml,
        "llp": PackageResources.llp_yaml,
        "meld": PackageResources.meld_yaml,
        "msr-vtt": PackageResources.msr_vtt_yaml,
        "msr-vtt-1ka": PackageResources.msr_vtt_1ka_yaml,
        "msr-vtt-7k": PackageResources.msr_vtt_7k_yaml,
        "msr-vtt-miech": PackageResources.msr_vtt_miech_yaml,
        "msr-vtt-qa": PackageResources.msr_vtt_qa_yaml,
        "music-avqa": PackageResources.music_avqa_yaml,
        "music-avqa-by-video": PackageResources.music_avqa_by_video_yaml,
        "music-avqa-json": PackageResources.music_avqa_json_yaml,
        "music-avqa-v2": PackageResources.music_avqa_v2_yaml,
        "mustard": PackageResources.mustard_yaml,
        "valor-32k": PackageResources.valor_32k_yaml,
        "valor-32k-avqa": PackageResources.valor_32k_avqa_yaml,
        "vggsound": PackageResources.vggsound_yaml,
    ]

    /// Reads the annotations below `root`.
    ///
    /// - Parameters:
    ///   - root: The data set's folder.
    ///   - name: A known name, or the path of a manifest, which ends in `.yaml`.
    ///   - indices: Reads HDF5 files with lists of record numbers. Without it such files are
    ///     reported, and neither used nor checked.
    /// - Returns: The data set; whether its media files exist is for others to find out.
    /// - Throws: ``AnnotationError`` that names the file, the line and the field.
    public static func read(
        _ root: String, as name: String, indices: IndexReader? = nil
    ) throws(AnnotationError) -> Dataset {
        let manifest = try manifest(named: name)
        guard let reader = readers[manifest.reader] else {
            let known = readers.keys.sorted().joined(separator: ", ")
            throw AnnotationError(
                "use data set '\(name)'",
                "there is no reader '\(manifest.reader)' (known: \(known))",
                .configuration)
        }
        guard FileManager.default.fileExists(atPath: root) else {
            throw AnnotationError("read data set \(root)", "No such folder", .missing)
        }
        guard FileKind.isFolder(root) else {
            throw AnnotationError("read data set \(root)", "it is not a folder")
        }
        var dataset: Dataset
        if let reader = reader as? any IndexedDatasetReader.Type {
            dataset = try reader.read(manifest, root: root, indices: indices)
        } else {
            dataset = try reader.read(manifest, root: root)
        }
        dataset.presets = manifest.presets
        dataset.isIncomplete = manifest.isIncomplete
        dataset.hasVaryingLengths = manifest.hasVaryingLengths
        dataset.findings += derivedTrees(manifest, root: root)
        return dataset
    }

    /// Folders of pictures and sound that others made from the videos: named, and not used.
    private static func derivedTrees(_ manifest: DatasetManifest, root: String)
        -> [AnnotationFinding]
    {
        let found = manifest.derived.filter { FileKind.isFolder("\(root)/\($0)") }
        guard !found.isEmpty else { return [] }
        return [
            AnnotationFinding(
                kind: "derived-tree", count: found.count,
                message: "\(found.joined(separator: ", ")) below \(root) was made from the videos; "
                    + "it is not used")
        ]
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
