/// What the file of a clip was when it was read.
public struct SourceStamp: Codable, Sendable, Hashable {
    public let path: String

    /// Size in bytes.
    public let size: UInt64

    /// Time of the last change, in nanoseconds since 1970.
    public let modified: Int64

    /// XXH3 of the file's bytes.
    public let hash: UInt64

    public init(path: String, size: UInt64, modified: Int64, hash: UInt64) {
        self.path = path
        self.size = size
        self.modified = modified
        self.hash = hash
    }
}

/// What the data of a shard's clips were made from, clip by clip.
public enum Provenance: Sendable {
    /// Media files.
    case files([SourceStamp])

    /// Rows of another feature, known by the checksums of their data.
    case rows([UInt64])

    var count: Int {
        switch self {
        case .files(let sources): sources.count
        case .rows(let checksums): checksums.count
        }
    }

    /// That of some of the clips.
    func rows(_ rows: [Int]) -> Provenance {
        switch self {
        case .files(let sources): .files(rows.map { sources[$0] })
        case .rows(let checksums): .rows(rows.map { checksums[$0] })
        }
    }
}

/// An array that every clip of a feature has.
public struct ArraySpecification: Sendable, Hashable {
    public let name: String
    public let type: ElementType

    /// Extents for one clip, its segments first; texts have one.
    public let shape: [Int]

    public init(_ name: String, _ type: ElementType, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
    }

    /// Bytes that one clip takes.
    public var rowSize: Int { shape.reduce(type.size, *) }
}

/// One clip of a shard, or one text.
public struct ShardRow: Sendable {
    /// Seconds on the clip's timeline, one for each segment; NaN where there are no data.
    ///
    /// Texts have none.
    public var times: [Double]

    /// For each segment, or for each token of a text, whether its data are real.
    public var valid: [Bool]

    /// Bytes of each array, in the order of the shard's specifications.
    public var arrays: [[UInt8]]

    public init(times: [Double], valid: [Bool], arrays: [[UInt8]]) {
        self.times = times
        self.valid = valid
        self.arrays = arrays
    }
}
