import Foundation

/// The recipes of a sweep: every combination of some values of some keys, for every seed.
public struct SweepGrid: Sendable {
    /// A run: the seed, what is overridden beside it, and the name of its folder.
    public struct Point: Sendable, Equatable {
        public let seed: Int

        /// Such as `optimizer.learningRate=1e-4`.
        public let settings: [String]

        /// Such as `learningRate-1e-4,seed-0`.
        public let name: String
    }

    /// What cannot be read as a grid, and why.
    public struct FormError: Error, CustomStringConvertible {
        public let description: String
    }

    public let points: [Point]

    /// - Parameters:
    ///   - axes: Such as `optimizer.learningRate=1e-4,3e-4`; a value in brackets may have commas.
    ///   - seeds: Such as `0..4`, both included, or `0,2,5`.
    /// - Throws: ``FormError`` if one is not of that form.
    public init(axes: [String], seeds: String) throws(FormError) {
        var combinations: [[(key: String, value: String)]] = [[]]
        var keys: Set = ["seed"]
        for axis in axes {
            let (key, values) = try Self.axis(axis)
            guard keys.insert(key).inserted else {
                throw FormError(
                    description: key == "seed"
                        ? "'\(axis)' is not for a grid: give seeds as such"
                        : "two axes of the grid are of \(key)")
            }
            combinations = combinations.flatMap { combination in
                values.map { combination + [(key, $0)] }
            }
        }
        let seeds = try Self.seeds(seeds)
        points = combinations.flatMap { combination in
            seeds.map { seed in
                let names = combination.map { key, value in
                    let last = key.split(separator: ".").last.map(String.init) ?? key
                    return
                        "\(last)-\(value.map { Self.isPlain($0) ? $0 : "_" }.map(String.init).joined())"
                }
                return Point(
                    seed: seed, settings: combination.map { "\($0)=\($1)" },
                    name: (names + ["seed-\(seed)"]).joined(separator: ","))
            }
        }
        guard Set(points.map(\.name)).count == points.count else {
            throw FormError(description: "two runs of the sweep have the same settings")
        }
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-+.".contains(character))
    }

    /// Key and values of `key=a,b`.
    private static func axis(_ text: String) throws(FormError) -> (String, [String]) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw FormError(description: "'\(text)' is not key=value,value")
        }
        var values = [""], depth = 0
        for character in parts[1] {
            if "[{".contains(character) { depth += 1 }
            if "]}".contains(character) { depth -= 1 }
            if character == ",", depth == 0 {
                values.append("")
            } else {
                values[values.count - 1].append(character)
            }
        }
        guard !values.contains(""), depth == 0 else {
            throw FormError(description: "'\(text)' is not key=value,value")
        }
        return (String(parts[0]), values)
    }

    private static func seeds(_ text: String) throws(FormError) -> [Int] {
        let wrong = FormError(description: "'\(text)' is not seeds such as 0..4 or 0,2,5")
        let numbers: [Int]
        if let dots = text.range(of: "..") {
            guard let first = Int(text[..<dots.lowerBound]),
                let last = Int(text[dots.upperBound...]),
                0 <= first, first <= last, last - first < 1000
            else { throw wrong }
            numbers = Array(first...last)
        } else {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard !parts.contains(nil) else { throw wrong }
            numbers = parts.compactMap(\.self)
        }
        guard numbers.allSatisfy({ $0 >= 0 }), Set(numbers).count == numbers.count, !numbers.isEmpty
        else { throw wrong }
        return numbers
    }
}
