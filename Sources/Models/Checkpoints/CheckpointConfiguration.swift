import Foundation

/// A JSON object of a checkpoint's folder, read key by key.
///
/// Keys that hold null count as absent, as they do for the libraries that write these files.
struct CheckpointConfiguration {
    /// The file, and the keys that lead to this object in it.
    let path: String
    private let place: String
    private let fields: [String: Any]

    private var operation: String { "load backbone \(path)" }

    /// Reads a file of a folder; nil if there is none of that name.
    ///
    /// - Throws: ``BackboneError`` if the folder does not exist or the file is no readable JSON object.
    init?(_ name: String, in folder: String) throws(BackboneError) {
        path = "\(folder)/\(name)"
        place = ""
        guard FileManager.default.fileExists(atPath: folder) else {
            throw BackboneError("load backbone \(folder)", "No such folder", .missing)
        }
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let operation = "load backbone \(path)"
        do {
            let json = try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(filePath: path)))
            guard let json = json as? [String: Any] else {
                throw BackboneError(operation, "it is not a readable JSON file")
            }
            fields = json
        } catch let error as BackboneError {
            throw error
        } catch CocoaError.fileReadNoPermission {
            throw BackboneError(operation, "Permission denied", .permission)
        } catch {
            throw BackboneError(operation, "it is not a readable JSON file")
        }
    }

    private init(_ path: String, _ place: String, _ fields: [String: Any]) {
        (self.path, self.place, self.fields) = (path, place, fields)
    }

    /// Its keys that have a value, sorted.
    var keys: [String] { fields.keys.filter(has).sorted() }

    /// Whether the key has a value.
    func has(_ key: String) -> Bool { fields[key].map { !($0 is NSNull) } ?? false }

    /// The value of a key; nil if it has none.
    ///
    /// Numbers without a fraction may be read as `Int`, all numbers as `Float` or `Double`.
    ///
    /// - Throws: ``BackboneError`` that names the key if its value is of another kind.
    func value<Value>(_ key: String, as: Value.Type = Value.self) throws(BackboneError) -> Value? {
        guard let value = fields[key], !(value is NSNull) else { return nil }
        let read: Any? =
            switch Value.self {
            case is Bool.Type: (value as? Bool) as Any?
            case is Float.Type: (value as? Double).flatMap(Self.single) as Any?
            case is [Float].Type:
                (value as? [Double]).flatMap { numbers in
                    let singles = numbers.compactMap(Self.single)
                    return singles.count == numbers.count ? singles : nil
                } as Any?
            default: (value as? Value) as Any?
            }
        guard let read, let read = read as? Value else {
            throw error("'\(place)\(key)' has a value of another kind")
        }
        return read
    }

    /// In single precision; nil if it is too large for that.
    private static func single(_ number: Double) -> Float? {
        let single = Float(number)
        return single.isFinite ? single : nil
    }

    /// What norms add to the variance.
    func epsilon(orElse standard: Float) throws(BackboneError) -> Float {
        let key = "layer_norm_eps", epsilon: Float = try value(key) ?? standard
        guard epsilon >= 0 else { throw error("'\(place)\(key)' is \(epsilon)") }
        return epsilon
    }

    /// The value of a key that must have one.
    ///
    /// - Throws: ``BackboneError`` that names the key.
    func require<Value>(
        _ key: String, as: Value.Type = Value.self
    ) throws(BackboneError) -> Value {
        guard let value = try value(key, as: Value.self) else {
            throw error("it has no valid '\(place)\(key)'")
        }
        return value
    }

    /// A whole number within reason, so that sizes computed from it cannot overflow.
    func count(_ key: String, orElse standard: Int? = nil) throws(BackboneError) -> Int {
        let number: Int
        if let standard {
            number = try value(key) ?? standard
        } else {
            number = try require(key)
        }
        guard 1...(1 << 20) ~= number else { throw error("'\(place)\(key)' is \(number)") }
        return number
    }

    /// Checks that a key has one of the values that are supported, or none where `standard` is one.
    func expect<Value: Equatable>(
        _ key: String, oneOf supported: [Value], orElse standard: Value
    ) throws(BackboneError) {
        let value = try value(key) ?? standard
        guard supported.contains(value) else {
            let known = supported.map { "\($0)" }.joined(separator: ", ")
            throw error("'\(place)\(key)' is \(value) (supported: \(known))")
        }
    }

    /// The object that a key holds; nil if it has no value.
    func section(_ key: String) throws(BackboneError) -> CheckpointConfiguration? {
        guard let fields: [String: Any] = try value(key) else { return nil }
        return CheckpointConfiguration(path, "\(place)\(key).", fields)
    }

    /// An error about this file.
    func error(_ reason: String) -> BackboneError { BackboneError(operation, reason) }
}
