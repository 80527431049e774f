import Storage
import Tensors

/// What the random choices of a training depend on: seed, epoch, sample and place, and nothing else.
///
/// There is no stream of random numbers that choices share. A choice is the same in whatever order, on
/// however many threads and in whichever company samples are read, and after a run is resumed.
struct NoiseKey: Sendable, Equatable {
    /// What is chosen; two places of one sample choose independently.
    enum Place: UInt64, Sendable {
        case order = 1
        case mixup
        case view
        case phase
        case visualTokens
        case audioTokens
        case textTokens
        case visualChannels
        case audioChannels
        case textChannels
        case dropout
        case negatives
    }

    private let state: UInt64

    /// The choices about a sample in an epoch, the first of which is 1.
    init(seed: Int, epoch: Int, sample: String) {
        state = [UInt64(bitPattern: Int64(seed)), UInt64(bitPattern: Int64(epoch))]
            .reduce(XXH3.hash(Array(sample.utf8))) { Self.mixed($0, $1) }
    }

    /// A generator for the choices at a place.
    func generator(_ place: Place) -> SplitMix64 { SplitMix64(seed: number(place)) }

    /// A number that stands for the choices at a place.
    func number(_ place: Place) -> UInt64 { Self.mixed(state, place.rawValue) }

    private static func mixed(_ state: UInt64, _ part: UInt64) -> UInt64 {
        var generator = SplitMix64(seed: state ^ part)
        return generator.next()
    }
}
