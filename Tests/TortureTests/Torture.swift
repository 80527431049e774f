import Foundation
import Synchronization
import TestSupport
import Testing

/// What is done to the program to see whether a cache survives it.
///
/// One code in two sizes: a short form that belongs to the tests, and a full one, with
/// `AVPREP_TORTURE=full` in the environment, which `make torture` runs.
@Suite(.serialized) struct TortureTests {}

enum Torture {
    static let isFull = variable("AVPREP_TORTURE") == "full"

    /// Folder of real media, for the full form.
    static let media = variable("AVPREP_MEDIA")

    /// A file for the counts, as JSON.
    static let reportFile = variable("AVPREP_TORTURE_REPORT")

    /// Folder of the programs and libraries that were built with the tests.
    static let products = URL(filePath: Program.path).deletingLastPathComponent().path()

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Commands that are disturbed.
    static let commands = size(full: CacheBench.commands, short: CacheBench.shortCommands)

    /// One of two values: of the full form, and of the short one.
    static func size<Value>(full: Value, short: Value) -> Value { isFull ? full : short }

    /// Runs `body` for each element, as many at a time as there are cores.
    static func forEach<Element: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) throws -> Void
    ) async throws {
        let width = ProcessInfo.processInfo.activeProcessorCount
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= width { try await group.next() }
                group.addTask { try body(element) }
            }
            try await group.waitForAll()
        }
    }

    /// Runs `body` for each number below `count` on a thread of its own, all at once.
    ///
    /// - Throws: The first error.
    /// - Returns: What `body` returns, in order.
    static func atOnce<Result: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) throws -> Result
    ) throws -> [Result] {
        let results = Shared<[Int: Swift.Result<Result, any Error>]>([:])
        let finished = DispatchSemaphore(value: 0)
        for index in 0..<count {
            Thread {
                let result = Swift.Result { try body(index) }
                results.change { $0[index] = result }
                finished.signal()
            }.start()
        }
        for _ in 0..<count { finished.wait() }
        return try (0..<count).compactMap { index in
            try results.value[index]?.get()
        }
    }

    /// Some of many: all of them in the full form, `count` spread evenly in the short one.
    static func some<Element>(_ elements: [Element], short count: Int) -> [Element] {
        guard !isFull, elements.count > count else { return elements }
        return (0..<count).map { elements[(2 * $0 + 1) * elements.count / (2 * count)] }
    }
}

/// A value that several threads change.
final class Shared<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    var value: Value { content.withLock(\.self) }

    init(_ value: Value) { content = Mutex(value) }

    func change(_ body: (inout Value) -> Void) { content.withLock { body(&$0) } }
}
