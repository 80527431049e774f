/// What becomes of the packets of a video stream.
protocol VideoReading: AnyObject {
    /// The stream's index in its file.
    var index: Int { get }

    /// Nothing more has to be read.
    var isDone: Bool { get }

    /// Something is not as it seemed: the clip must be read again, and all of it decoded.
    var isDoubtful: Bool { get }

    /// For each wanted time the picture being shown.
    var pictures: [Picture?] { get }

    /// Where the stream ends, in seconds, as far as it was read.
    var end: Double? { get }

    /// What there is to say about the stream.
    var findings: [Finding] { get }

    func take(_ packet: borrowing FFmpeg.Packet) throws(MediaError)

    /// Settles what is left, after the last packet.
    func finish() throws(MediaError)
}
