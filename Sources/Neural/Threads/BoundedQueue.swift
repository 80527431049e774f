import Foundation

/// What one thread hands to others, in order; who is too fast waits.
public final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    private let capacity: Int
    private let condition = NSCondition()

    // Guarded by the condition.
    private var elements: [Element] = []
    private var isClosed = false

    public init(capacity: Int) { self.capacity = capacity }

    /// Adds an element when there is room.
    public func push(_ element: Element) {
        condition.withLock {
            while elements.count >= capacity { condition.wait() }
            elements.append(element)
            condition.broadcast()
        }
    }

    /// Takes the oldest element when there is one; nil once the queue is closed and empty.
    public func pop() -> Element? {
        condition.withLock {
            while elements.isEmpty, !isClosed { condition.wait() }
            guard !elements.isEmpty else { return nil }
            condition.broadcast()
            return elements.removeFirst()
        }
    }

    /// Nothing more is to come.
    public func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }
}
