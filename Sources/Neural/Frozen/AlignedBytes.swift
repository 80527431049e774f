import Foundation

/// Memory that begins at a cache line; large pieces lie in huge pages where the system grants them.
final class AlignedBytes: @unchecked Sendable {
    let start: UnsafeMutableRawPointer

    private static let hugePage = 2 << 20

    init(count: Int) {
        let isLarge = count >= Self.hugePage
        start = .allocate(byteCount: max(count, 1), alignment: isLarge ? Self.hugePage : 64)
        if isLarge { madvise(start, count, MADV_HUGEPAGE) }
    }

    deinit { start.deallocate() }
}
