import Foundation

/// Tells whether the present thread is running a piece of some pool's work.
///
/// A task-local value would do, but takes memory each time it is bound.
enum PieceMark {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    static var isSet: Bool { pthread_getspecific(key) != nil }

    /// Runs `body` on the present thread, marked.
    static func with(_ body: () -> Void) {
        let before = pthread_getspecific(key)
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: 1))
        body()
        pthread_setspecific(key, before)
    }
}
