/// What one clip may cost before it is given up.
public struct DecodingLimits: Sendable, Codable, Equatable {
    /// Seconds that a clip may take in all.
    public var wallSeconds: Double

    /// Seconds that may pass between two packets.
    public var stallSeconds: Double

    /// Pixels of a picture as it is stored.
    public var pixels: Int

    /// Packets read from a file, of all streams.
    public var packets: Int

    /// Bytes of address space of a process that decodes nothing else, the program's own included.
    ///
    /// They are the operating system's to enforce: see `DecodingWorker` in `Pipeline`.
    public var memoryBytes: Int

    /// Seconds of sound that are kept where all of a file is wanted, and at least the nominal duration.
    public var soundSeconds: Double

    /// Creates limits; the default ones hold an hour of 8K video, on a slow disk.
    public init(
        wallSeconds: Double = 600, stallSeconds: Double = 60, pixels: Int = 1 << 26,
        packets: Int = 2_000_000, memoryBytes: Int = 4 << 30, soundSeconds: Double = 600
    ) {
        self.wallSeconds = wallSeconds
        self.stallSeconds = stallSeconds
        self.pixels = pixels
        self.packets = packets
        self.memoryBytes = memoryBytes
        self.soundSeconds = soundSeconds
    }
}
