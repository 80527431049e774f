import ArgumentParser
import Foundation

/// Which cache a command works on.
struct CacheOptions: ParsableArguments {
    @Option(
        name: .customLong("cache"),
        help: ArgumentHelp("Folder of the cache (or AVPREP_CACHE).", valueName: "folder"))
    var given: String?

    func validate() throws {
        guard value?.isEmpty == false else {
            throw ValidationError("Missing expected argument '--cache <folder>'")
        }
    }

    /// The folder, without slashes at its end.
    var path: String {
        var path = value ?? ""
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    private var value: String? { given ?? Environment["CACHE"] }
}

/// Variables that stand in for options.
enum Environment {
    /// The value of `AVPREP_<name>`; nil if it is not set or empty.
    static subscript(name: String) -> String? {
        ProcessInfo.processInfo.environment["AVPREP_\(name)"].flatMap { $0.isEmpty ? nil : $0 }
    }
}
