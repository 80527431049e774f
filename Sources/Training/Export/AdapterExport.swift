import Foundation
import Storage
import Tensors

/// Writes a run's best checkpoint for others to load: `adapter.safetensors` and `adapter_config.json`.
///
/// Tensors have the names of the run's parameters and buffers, those of PyTorch modules, and the orientation of
/// PyTorch: the matrix of a linear map is `[outputs, inputs]`, all else lies as it is. To them come `standardisation.<stream>.mean`
/// and `.scale`, where final features are standardised, and `final_norm.<stream>.weight` and `.bias`, the
/// backbone's own, so that cached states are all that a loader needs.
public enum AdapterExport {
    /// What was written.
    public struct Summary: Sendable {
        /// Paths of both files.
        public let tensors: String
        public let configuration: String

        /// Trainable parameters of the method and of the head.
        public let methodParameters: Int
        public let headParameters: Int
    }

    /// Exports a run into a folder, which is created.
    ///
    /// The configuration also stands in the tensors' metadata: a loader can tell that both belong together,
    /// whatever happened between the writing of one and of the other.
    ///
    /// - Throws: ``TrainingError`` of kind `recipe` if the folder has an adapter already and `replacing`
    ///   is false.
    public static func export(
        run path: String, to folder: String, replacing: Bool
    ) throws -> Summary {
        let run = RunFolder(path)
        let record = try run.record(), recipe = try run.recipe()
        let checkpoint = try SafeTensors(reading: run.bestPath)
        let tensorPath = "\(folder)/adapter.safetensors"
        let configurationPath = "\(folder)/adapter_config.json"
        for old in [tensorPath, configurationPath]
        where !replacing && FileManager.default.fileExists(atPath: old) {
            throw TrainingError(
                .recipe, "export run \(path) to \(folder)",
                "there is an adapter already; --force replaces it")
        }
        let streams = try BaseModels.streams(of: path)
        let model = try ExportedModel(recipe, record, streams: streams)
        var tensors = try checkpoint.entries.keys.sorted().map { name in
            let tensor = try checkpoint.tensor(name)
            return (name: name, value: model.linearMaps.contains(name) ? tensor.turned() : tensor)
        }
        var epsilons: [String: Double] = [:]
        for stream in streams.keys.sorted() {
            guard let norm = try BaseModels.finalNorm(of: stream, in: path) else { continue }
            tensors.append(("final_norm.\(stream).weight", norm.weight))
            tensors.append(("final_norm.\(stream).bias", norm.bias))
            epsilons[stream] = norm.epsilon
        }
        let configuration = AdapterConfiguration(
            recipe, record, model, streams: streams, finalNormEpsilons: epsilons,
            epoch: checkpoint.metadata["epoch"].flatMap { Int($0) } ?? 0)
        try AtomicFile.createFolder(folder)
        try AtomicFile.write(
            SafeTensors.encode(
                tensors, metadata: ["format": "pt", "adapter_config": configuration.text]),
            to: tensorPath)
        try AtomicFile.write(Data(configuration.text.utf8), to: configurationPath)
        return Summary(
            tensors: tensorPath, configuration: configurationPath,
            methodParameters: record.methodParameters, headParameters: record.headParameters)
    }
}

extension Tensor {
    /// A matrix with rows and columns exchanged.
    fileprivate func turned() -> Tensor {
        let (rows, columns) = (shape[0], shape[1])
        var turned = Tensor(shape: [columns, rows])
        for row in 0..<rows {
            for column in 0..<columns {
                turned.elements[column * rows + row] = elements[row * columns + column]
            }
        }
        return turned
    }
}
