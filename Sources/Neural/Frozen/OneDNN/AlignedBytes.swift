/// Bytes that begin at a cache line, as packed weights and scratchpads should.
final class AlignedBytes: @unchecked Sendable {
    let start: UnsafeMutableRawPointer

    init(count: Int) {
        start = .allocate(byteCount: max(count, 1), alignment: 64)
    }

    deinit { start.deallocate() }
}
