/// The part of the work that one of several processes does.
///
/// Work is dealt out by groups of clips, which never change hands, so processes need not talk.
public struct WorkShare: Sendable, Equatable {
    public let index: Int
    public let count: Int

    /// All of the work.
    public static let whole = WorkShare(index: 0, count: 1)

    private init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    /// Reads `i/n`, part i of n counted from 0; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard
            parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]),
            0 <= index, index < count
        else { return nil }
        self.init(index: index, count: count)
    }

    func contains(group: Int) -> Bool { group % count == index }

    /// Name of the part for its lock; nil for all of the work.
    public var lockName: String? { count == 1 ? nil : "\(index)of\(count)" }
}
