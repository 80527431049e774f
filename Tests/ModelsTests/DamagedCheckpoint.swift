import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// A copy of a checkpoint of the references, to be spoilt.
struct DamagedCheckpoint: ~Copyable {
    let folder: TemporaryFolder
    private let kind: BackboneInput.Kind

    init(_ name: String, reading kind: BackboneInput.Kind = .pictures) throws {
        folder = try TemporaryFolder(copying: Reference.path(name))
        self.kind = kind
    }

    /// Loading must fail with an error that names the folder and gives a reason.
    func expectError(
        _ reason: String, _ kind: BackboneError.Kind = .unreadable,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let path = folder.path, input = self.kind
        let error = #expect(throws: BackboneError.self, sourceLocation: sourceLocation) {
            try BackboneCatalog.load(path, reading: input)
        }
        let text = error?.description ?? ""
        #expect(text.contains(reason), "\(text)", sourceLocation: sourceLocation)
        #expect(text.contains(path), sourceLocation: sourceLocation)
        #expect(error?.kind == kind, sourceLocation: sourceLocation)
    }

    /// Rewrites the tensors.
    func rewrite(_ change: (inout [String: Tensor]) throws -> Void) throws {
        let path = "\(folder.path)/model.safetensors"
        let file = try SafeTensors(reading: path)
        var tensors: [String: Tensor] = [:]
        for name in file.entries.keys { tensors[name] = try file.tensor(name) }
        try change(&tensors)
        let sorted = tensors.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        try SafeTensors.encode(sorted).write(to: URL(filePath: path))
    }

    /// Replaces a part of `config.json`, or of another file.
    func configure(_ old: String, _ new: String, in file: String = "config.json") throws {
        let path = "\(folder.path)/\(file)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(old))
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
    }
}
