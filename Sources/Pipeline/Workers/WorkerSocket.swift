import Foundation

/// One end of the connection between a run and a worker; closed when it goes out of scope.
///
/// A message is the length of its JSON in four bytes, little-endian, and the JSON. Bytes of arrays
/// follow some messages as they are; how many, both sides know.
struct WorkerSocket: ~Copyable, Sendable {
    enum Failure: Error {
        /// The other side is gone.
        case closed

        /// Patience is at its end.
        case late

        /// What came is no message of ours.
        case malformed
    }

    /// Bytes of JSON in a message, at most.
    private static let longestMessage = 1 << 22

    private let number: Int32

    /// Takes over a descriptor.
    init(adopting number: Int32) { self.number = number }

    deinit { close(number) }

    /// Descriptors of both ends of a new connection, which no program started later inherits.
    static func pair() throws(WorkerError) -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw WorkerError(
                operation: "connect to a decoding process",
                reason: unsafe String(cString: strerror(errno)))
        }
        return (ends[0], ends[1])
    }

    /// Sends a message.
    func send(_ message: some Encodable, _ patience: Patience? = nil) throws(Failure) {
        guard let text = try? JSONEncoder().encode(message) else { throw .malformed }
        let length = UInt32(text.count)
        let head = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        try send(bytes: head + [UInt8](text), patience)
    }

    /// Sends bytes as they are.
    func send(bytes: [UInt8], _ patience: Patience? = nil) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT, patience)
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Foundation.send(
                    number, bytes.baseAddress! + sent, bytes.count - sent, flags)
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR, errno != EAGAIN {
                throw .closed
            }
        }
    }

    /// Receives a message.
    func receive<Message: Decodable>(
        _: Message.Type, _ patience: Patience? = nil
    ) throws(Failure) -> Message {
        let length = try receive(4, patience).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.longestMessage else { throw .malformed }
        let text = Data(try receive(length, patience))
        guard let message = try? JSONDecoder().decode(Message.self, from: text) else {
            throw .malformed
        }
        return message
    }

    /// Receives so many bytes as they are.
    func receive(_ count: Int, _ patience: Patience? = nil) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            try wait(for: POLLIN, patience)
            let size = unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe recv(
                    number, bytes.baseAddress! + received, count - received,
                    Int32(MSG_DONTWAIT))
            }
            if size > 0 {
                received += size
            } else if size == 0 || errno != EINTR && errno != EAGAIN {
                throw .closed
            }
        }
        return bytes
    }

    /// Waits until something can be read or written, or the other side is gone.
    private func wait(for event: Int32, _ patience: Patience?) throws(Failure) {
        while true {
            var request = pollfd(fd: number, events: Int16(event), revents: 0)
            let start = ContinuousClock.now
            let count = unsafe poll(&request, 1, patience == nil ? -1 : Patience.step)
            let code = errno
            if let patience, patience.isOver(after: .now - start) { throw .late }
            if count > 0 { return }
            if count < 0, code != EINTR { throw .closed }
        }
    }
}
