import CWeights
public import Tensors

/// Weights that are a part of the program: safetensors files, with the names of timm.
public enum EmbeddedWeights: String, Sendable {
    /// Those of `builtin:tiny`.
    case tiny

    /// What errors call them.
    var name: String { "builtin:\(rawValue)" }

    private var file: UnsafeRawBufferPointer {
        let file =
            switch self {
            case .tiny: unsafe avprep_tiny_weights()
            }
        return unsafe UnsafeRawBufferPointer(start: file.start, count: file.count)
    }

    /// The file's bytes.
    public var bytes: [UInt8] { unsafe Array(file) }

    /// The file's tensors.
    ///
    /// - Returns: The file, its header checked.
    /// - Throws: ``BackboneError`` if it is not valid.
    public func tensors() throws(BackboneError) -> SafeTensors {
        do throws(SafeTensors.Error) {
            return unsafe try SafeTensors(embedded: file, name: name)
        } catch {
            throw BackboneError(error)
        }
    }
}
