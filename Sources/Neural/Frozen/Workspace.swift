/// Memory that one worker of the frozen pass uses again and again, beside its activations.
///
/// It grows to what is needed; after the first image nothing is allocated.
public final class Workspace {
    private var memory = AlignedBytes(count: 0)
    private var capacity = 0

    public init() {}

    /// Room for `count` words of 32 bits, whose contents are unspecified.
    func words(_ count: Int) -> UnsafeMutablePointer<UInt32> {
        if count > capacity {
            memory = AlignedBytes(count: count * MemoryLayout<UInt32>.size)
            capacity = count
        }
        return memory.start.assumingMemoryBound(to: UInt32.self)
    }
}
