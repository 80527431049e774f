import Foundation

/// The folder that a tokenizer's files lie in.
struct TokenizerFolder {
    let path: String

    /// What `tokenizer_config.json` and `special_tokens_map.json` say, if they are there.
    let configuration: TokenizerFile?
    let specialTokens: TokenizerFile?

    init(_ path: String) throws(BackboneError) {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else {
            throw BackboneError("load tokenizer \(path)", "No such folder", .missing)
        }
        configuration = try TokenizerFile("tokenizer_config.json", in: path)
        specialTokens = try TokenizerFile("special_tokens_map.json", in: path)
        let side = configuration?.root["truncation_side"]?.string ?? "right"
        guard side == "right" else {
            throw configuration!.error("'truncation_side' is \(side) (supported: right)")
        }
    }

    /// The files that say how the vocabulary is used, of those that are there.
    var settings: [String] { [configuration?.path, specialTokens?.path].compactMap { $0 } }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

    /// A flag of `tokenizer_config.json`; nil if it is not there.
    func flag(_ key: String) -> Bool? { configuration?.root[key]?.bool }

    /// A special token by its role, such as `cls_token`: given as a text or with how it is found.
    func special(_ role: String, orElse standard: String) -> AddedTokenDescription {
        let found = configuration?.root[role] ?? specialTokens?.root[role]
        return found.flatMap(AddedTokenDescription.init) ?? AddedTokenDescription(standard)
    }

    /// The bytes of a file.
    static func bytes(_ path: String) throws(BackboneError) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch CocoaError.fileReadNoPermission {
            throw BackboneError("load tokenizer \(path)", "Permission denied", .permission)
        } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
            throw BackboneError("load tokenizer \(path)", "No such file", .missing)
        } catch {
            throw BackboneError("load tokenizer \(path)", "it is not readable")
        }
    }

    /// The lines of a file of UTF-8, whichever way they end.
    static func lines(_ path: String) throws(BackboneError) -> [[UInt8]] {
        var lines = try bytes(path).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).map { $0.last == UInt8(ascii: "\r") ? Array($0.dropLast()) : Array($0) }
        if lines.last == [] { lines.removeLast() }
        return lines
    }
}

/// A JSON file of a tokenizer.
struct TokenizerFile {
    let path: String
    let root: JSONTree

    /// Reads a file; nil if there is none of that name.
    init?(_ name: String, in folder: String) throws(BackboneError) {
        path = "\(folder)/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let root = JSONTree(try TokenizerFolder.bytes(path)), case .object = root else {
            throw BackboneError("load tokenizer \(path)", "it is not a readable JSON file")
        }
        self.root = root
    }

    /// An error about this file.
    func error(_ reason: String) -> BackboneError {
        BackboneError("load tokenizer \(path)", reason)
    }

    /// Tokens and their numbers, as the object `tree` has them under `key`.
    func vocabulary(_ tree: JSONTree?, _ key: String) throws(BackboneError) -> [VocabularyEntry] {
        guard case .object(let fields)? = tree else { throw error("it has no valid '\(key)'") }
        var entries: [VocabularyEntry] = []
        entries.reserveCapacity(fields.count)
        for field in fields {
            guard let id = field.value.int, 0..<(1 << 24) ~= id else {
                throw error("the number of token '\(field.key)' is none")
            }
            entries.append((Array(field.key.utf8), id))
        }
        return entries
    }
}

/// A token of a vocabulary and its number.
typealias VocabularyEntry = (text: [UInt8], id: Int)

/// How an added token is written down.
struct AddedTokenDescription {
    var content: String
    var takesSpaceBefore = false
    var takesSpaceBehind = false

    /// Whether it is looked for in the normalised text.
    var isNormalised = false

    /// Whether it must stand between white space or punctuation.
    var isSingleWord = false

    init(_ content: String) { self.content = content }

    /// Reads a text, or an object of the reference library; nil if it is neither.
    init?(_ json: JSONTree) {
        guard let content = json.string ?? json["content"]?.string else { return nil }
        self.init(content)
        takesSpaceBefore = json["lstrip"]?.bool ?? false
        takesSpaceBehind = json["rstrip"]?.bool ?? false
        isNormalised = json["normalized"]?.bool ?? false
        isSingleWord = json["single_word"]?.bool ?? false
    }
}
