import Datasets
import Neural
import Storage

/// All that a cache knows of one clip.
struct ClipReport {
    /// Its data in one feature, or why there are none.
    private struct Entry {
        let feature: String

        /// The text that the data are of; nil where they are the clip's.
        let text: String?
        var shard: String?
        var row = 0
        var times: [Double] = []
        var valid: [Bool] = []
        var checksums: [String: UInt64] = [:]
        var source: SourceStamp?
        var arrays: [ArrayStatistics] = []
        var failure: ClipFailure?
    }

    private let clip: String
    private let samples: [JSONValue]
    private var entries: [Entry] = []

    /// Collects it.
    ///
    /// - Throws: ``StorageError`` of kind `missing` if no sample has that clip.
    init(of clip: String, in cache: Cache) throws {
        self.clip = clip
        let own = try cache.samples().filter { $0.clip == clip }
        samples = own.map(JSONValue.init(encoding:))
        guard !samples.isEmpty else {
            throw StorageError(
                .missing, "inspect clip \(clip) of \(cache.path)", "no sample has it")
        }
        for name in cache.featureNames() {
            let feature = cache.feature(name), index = try feature.index()
            guard try RowKind(of: feature.recipe()) == .texts else {
                entries.append(try Self.entry(clip, nil, of: feature, index))
                continue
            }
            for text in try KeyedText.distinct(in: own) {
                entries.append(try Self.entry(text.key, text.text, of: feature, index))
            }
        }
    }

    private static func entry(
        _ key: String, _ text: String?, of feature: Feature, _ index: FeatureIndex
    ) throws -> Entry {
        var entry = Entry(feature: feature.name, text: text)
        entry.failure = try feature.failures().first { $0.clip == key }
        if let (shard, row) = index.place(of: key) {
            entry.shard = shard.path
            entry.row = row
            entry.times = try shard.times(row: row)
            entry.valid = try shard.valid(row: row)
            entry.checksums = try shard.checksums(row: row)
            entry.source = index.source(of: key)
            entry.arrays = try shard.arrays.filter { $0.name != "time" && $0.name != "valid" }
                .map { try ArrayStatistics($0, shard.bytes(of: $0.name, row: row)) }
        }
        return entry
    }

    var text: String {
        var lines = ["clip \(clip)"] + samples.map { "  sample \($0.text)" }
        for entry in entries {
            lines.append(
                "\(entry.feature): \(entry.shard.map { "row \(entry.row) of \($0)" } ?? "no data")")
            if let text = entry.text { lines.append("  text \(text)") }
            if let failure = entry.failure {
                lines.append("  \(failure.outcome): \(failure.message)")
            }
            guard entry.shard != nil else { continue }
            let times = zip(entry.times, entry.valid).map { time, valid in
                valid ? time.formatted(digits: 3) : "–"
            }
            if entry.text == nil { lines.append("  times \(times.joined(separator: " "))") }
            if let source = entry.source {
                lines.append(
                    "  source \(source.path), \(source.size) bytes, hash "
                        + XXH3.hexadecimal(source.hash))
            }
            for array in entry.arrays {
                let checksum = entry.checksums[array.specification.name].map(XXH3.hexadecimal) ?? ""
                lines.append("  \(array.text), checksum \(checksum)")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    var json: [JSONValue] {
        samples.map { ["type": "item", "clip": .string(clip), "sample": $0] }
            + entries.map { entry in
                var fields: [String: JSONValue] = [
                    "type": "item", "clip": .string(clip), "feature": .string(entry.feature),
                ]
                fields["text"] = entry.text.map { .string($0) }
                fields["failure"] = entry.failure.map { JSONValue(encoding: $0) }
                guard let shard = entry.shard else { return .object(fields) }
                fields["shard"] = .string(shard)
                fields["row"] = .number(Double(entry.row))
                // JSON has no NaN, which stands where there is no picture.
                fields["times"] = .array(
                    entry.times.map { $0.isFinite ? .number($0) : .string("NaN") })
                fields["valid"] = .array(entry.valid.map { .bool($0) })
                fields["checksums"] = .object(
                    entry.checksums.mapValues { .string(XXH3.hexadecimal($0)) })
                fields["source"] = entry.source.map { JSONValue(encoding: $0) }
                fields["arrays"] = .array(entry.arrays.map(\.json))
                return .object(fields)
            }
    }
}

/// The range of an array's values.
struct ArrayStatistics {
    let specification: ArraySpecification
    private let minimum: Double
    private let maximum: Double
    private let mean: Double

    /// Values that are not finite, which the others leave out.
    private let notFinite: Int

    init(_ specification: ArraySpecification, _ bytes: [UInt8]) {
        self.specification = specification
        let values = Self.values(bytes, specification.type)
        let finite = values.filter(\.isFinite)
        minimum = Double(finite.min() ?? .nan)
        maximum = Double(finite.max() ?? .nan)
        mean = finite.reduce(0) { $0 + Double($1) } / Double(finite.count)
        notFinite = values.count - finite.count
    }

    private static func values(_ bytes: [UInt8], _ type: ElementType) -> [Float] {
        func numbers<Number>(_: Number.Type) -> [Number] {
            unsafe bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: Number.self)) }
        }
        return switch type {
        case .f16: HalfPrecision.widen(numbers(UInt16.self))
        case .f32: numbers(Float.self)
        case .f64: numbers(Double.self).map { Float($0) }
        case .i8: numbers(Int8.self).map { Float($0) }
        case .i32: numbers(Int32.self).map { Float($0) }
        case .i64: numbers(Int64.self).map { Float($0) }
        case .u64: numbers(UInt64.self).map { Float($0) }
        case .u8, .text: bytes.map { Float($0) }
        }
    }

    var text: String {
        "/\(specification.name) \(specification.type) \(specification.shape): "
            + "min \(minimum.formatted(digits: 4)), mean \(mean.formatted(digits: 4)), "
            + "max \(maximum.formatted(digits: 4))"
            + (notFinite > 0 ? ", \(notFinite) not finite" : "")
    }

    var json: JSONValue {
        guard case .object(var fields) = specification.json else { return specification.json }
        fields["min"] = minimum.isFinite ? .number(minimum) : nil
        fields["mean"] = mean.isFinite ? .number(mean) : nil
        fields["max"] = maximum.isFinite ? .number(maximum) : nil
        fields["not_finite"] = .number(Double(notFinite))
        return .object(fields)
    }
}
