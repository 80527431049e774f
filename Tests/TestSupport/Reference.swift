import Foundation
public import Tensors

/// Values that another implementation computed, made by the scripts in `tools/references`.
///
/// They lie under `Tests/References`, as safetensors files of at most 2 MB, or under the folder that
/// `AVPREP_REFERENCES` names: `make parity` makes fresh ones there.
public enum Reference {
    /// Path of a file of references.
    public static func path(_ name: String) -> String {
        if let folder = ProcessInfo.processInfo.environment["AVPREP_REFERENCES"] {
            let path = "\(folder)/\(name)"
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.appending(path: "References/\(name)").path()
    }

    /// A safetensors file of references, named without its extension.
    public static func tensors(_ name: String) throws -> SafeTensors {
        try SafeTensors(reading: path("\(name).safetensors"))
    }
}

/// ‖x − y‖ / ‖y‖, in double precision.
///
/// - Precondition: `x` and `y` have the same shape.
public func relativeError(_ x: Tensor, _ y: Tensor) -> Double {
    precondition(x.shape == y.shape, "\(x.shape) is compared with \(y.shape)")
    var difference = 0.0, norm = 0.0
    for (x, y) in zip(x.elements, y.elements) {
        difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
        norm += Double(y) * Double(y)
    }
    return (difference / max(norm, 1e-30)).squareRoot()
}

extension Tensor {
    /// Rows as columns: the weights of a linear map as PyTorch has them.
    public var transposed: Tensor {
        var result = Tensor(shape: [columns, rows])
        for r in 0..<rows {
            for c in 0..<columns { result.elements[c * rows + r] = elements[r * columns + c] }
        }
        return result
    }
}
